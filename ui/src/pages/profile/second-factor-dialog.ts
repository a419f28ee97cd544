import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { explained } from "../../components/basic/notice.ts";
import { secretText, secretTextStyles } from "../../components/basic/secrets.ts";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import { asApiError } from "../../data/problem.ts";
import {
  confirmSecondFactor,
  enrolSecondFactor,
  renewRecoveryCodes,
  type SecondFactorSecret,
  turnOffSecondFactor,
  turnOnByPasskey,
} from "../../data/profile.ts";
import { notify } from "../../state/toasts.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import "../../components/basic/copy.ts";
import "../../components/dialogs/dialog.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/qr.ts";

export type Purpose = "turn-on" | "by-passkey" | "recovery-codes" | "turn-off";

const HEADINGS = {
  "turn-on": "Turn on the second factor",
  "by-passkey": "Passkeys as second factor",
  "recovery-codes": "New recovery codes",
  "turn-off": "Turn off the second factor",
} as const;
const WHY = {
  "by-passkey": "Signing in with your password then also needs one of your passkeys, or a recovery code.",
  "turn-on": "You need an authenticator app on your phone or computer.",
  "recovery-codes": "The new codes replace the earlier ones.",
  "turn-off": "Signing in then needs your password only.",
} as const;

@customElement("fl-second-factor-dialog")
class SecondFactorDialog extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    secretTextStyles,
    css`
      form,
      .codes {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--space-4);
      }
      ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr));
        gap: var(--space-1) var(--space-4);
        margin: 0;
        padding: 0;
        list-style: none;
        font-family: var(--mono);
      }
    `,
  ];

  @property() purpose: Purpose = "turn-on";
  @state() private secret: SecondFactorSecret | undefined;
  @state() private codes: readonly string[] | undefined;
  @state() private fault: string | undefined;
  @state() private busy = false;
  closed: () => void = () => {};

  protected override render() {
    return html`<fl-dialog heading=${HEADINGS[this.purpose]} @closed=${this.closed}>
      ${this.codes ? this.#recoveryCodes(this.codes) : this.secret ? this.#confirmation(this.secret) : this.#password()}
      ${
        this.codes
          ? html`<button slot="footer" class="button primary" @click=${this.#done}>I have kept them</button>`
          : html`<button slot="footer" class="button" @click=${this.#done}>Cancel</button>
              <button slot="footer" class="button primary" ?disabled=${this.busy} @click=${this.#next}>
                ${this.secret ? "Turn on" : this.purpose === "turn-off" ? "Turn off" : "Continue"}
              </button>`
      }
    </fl-dialog>`;
  }

  #password() {
    return html`<form @submit=${this.#submitted} novalidate>
      <p class="quiet">${WHY[this.purpose]}</p>
      ${this.#field("Your password", { name: "password", type: "password", autocomplete: "current-password" })}
    </form>`;
  }

  #confirmation({ secret, uri }: SecondFactorSecret) {
    return html`<form @submit=${this.#submitted} novalidate>
      <p>Scan this code with your authenticator app, or type the secret there. It is shown only once.</p>
      <fl-qr text=${uri} what="QR code of the secret"></fl-qr>
      ${secretText(secret, "secret")}
      ${this.#field("Code that the app shows", { name: "code", type: "text", autocomplete: "one-time-code" })}
    </form>`;
  }

  #recoveryCodes(codes: readonly string[]) {
    return html`<div class="codes">
      <p>If you lose your second factor, each of these codes lets you in once. They are shown only now.</p>
      <ul>${codes.map((code) => html`<li>${code}</li>`)}</ul>
      <fl-copy wide autofocus .text=${codes.join("\n")} what="recovery codes"></fl-copy>
    </div>`;
  }

  #field(
    label: string,
    { name, type, autocomplete }: { name: string; type: string; autocomplete: "one-time-code" | "current-password" },
  ) {
    const { fault } = this;
    return html`<label class="field">
      <span>${label}</span>
      <input
        name=${name}
        type=${type}
        autocomplete=${autocomplete}
        inputmode=${name === "code" ? "numeric" : nothing}
        autofocus
        spellcheck="false"
        aria-invalid=${fault ? "true" : nothing}
      />
      ${fault ? html`<span class="fault" role="alert">${fault}</span>` : nothing}
    </label>`;
  }

  readonly #done = (): void => {
    this.renderRoot.querySelector<Dialog>("fl-dialog")?.close();
  };

  readonly #submitted = (event: Event): void => {
    event.preventDefault();
    void this.#next();
  };

  readonly #next = async (): Promise<void> => {
    const field = this.renderRoot.querySelector<HTMLInputElement>("input");
    if (this.busy || field === null) return;
    if (field.value === "") {
      this.fault = field.name === "code" ? "Enter the code that the app shows." : "Enter your password.";
      return field.focus();
    }
    this.busy = true;
    this.fault = undefined;
    try {
      await this.#step(field.value);
    } catch (thrown) {
      const error = asApiError(thrown);
      const wrong = error.field === "password" ? "This is not your password." : "This code is wrong.";
      this.fault = error.status === 401 ? wrong : explained(error);
      field.select();
    }
    this.busy = false;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLInputElement>("input")?.focus();
  };

  async #step(value: string): Promise<void> {
    if (this.secret) this.codes = await confirmSecondFactor(value.replaceAll(/\s/g, ""));
    else if (this.purpose === "recovery-codes") this.codes = await renewRecoveryCodes(value);
    else if (this.purpose === "by-passkey") this.codes = await turnOnByPasskey(value);
    else if (this.purpose === "turn-on") this.secret = await enrolSecondFactor(value);
    else {
      await turnOffSecondFactor(value);
      notify("good", "The second factor is off");
      this.#done();
    }
  }
}

export function showSecondFactorDialog(purpose: Purpose): Promise<void> {
  const element = new SecondFactorDialog();
  element.purpose = purpose;
  return new Promise((resolve) => {
    element.closed = () => {
      element.remove();
      resolve();
    };
    document.body.append(element);
  });
}
