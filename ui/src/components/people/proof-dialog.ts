import { css, html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { askForPasskey, browserHasPasskeys, passkeyFault } from "../../data/passkeys.ts";
import { asApiError } from "../../data/problem.ts";
import { proveSignIn } from "../../data/profile.ts";
import { sessionInfo } from "../../state/session.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import { explained } from "../basic/notice.ts";
import type { Dialog } from "../dialogs/dialog.ts";
import "../dialogs/dialog.ts";
import "../basic/icon.ts";

type Proof = Parameters<typeof proveSignIn>[0];

/** Asks the person who is signed in to prove again who they are. */
@customElement("fl-proof-dialog")
class ProofDialog extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    css`
      form {
        display: grid;
        gap: var(--space-4);
      }
      .passkey {
        justify-self: start;
      }
    `,
  ];

  @state() private fault: string | undefined;
  @state() private busy = false;
  closed: (proved: boolean) => void = () => {};
  #proved = false;
  readonly #isPerson = sessionInfo()?.person.email !== undefined;

  protected override render() {
    const { fault, busy } = this;
    return html`<fl-dialog heading="Is it still you?" @closed=${() => this.closed(this.#proved)}>
      <form @submit=${this.#submitted} novalidate>
        <p class="quiet">You signed in some time ago, and this changes how somebody can sign in.</p>
        <label class="field">
          <span>${this.#isPerson ? "Your password" : "Operator token"}</span>
          <input type="password" autocomplete="current-password" autofocus spellcheck="false" aria-invalid=${fault ? "true" : nothing} />
          ${fault ? html`<span class="fault" role="alert">${fault}</span>` : nothing}
        </label>
        ${
          this.#isPerson && browserHasPasskeys()
            ? html`<button type="button" class="button passkey" ?disabled=${busy} @click=${this.#byPasskey}>
                <fl-icon name="key"></fl-icon>Use a passkey
              </button>`
            : nothing
        }
        <p class="quiet">Or sign out, and sign in again.</p>
        <button hidden></button>
      </form>
      <button slot="footer" class="button" @click=${this.#close}>Cancel</button>
      <button slot="footer" class="button primary" ?disabled=${busy} @click=${this.#bySecret}>Continue</button>
    </fl-dialog>`;
  }

  readonly #close = (): void => {
    this.renderRoot.querySelector<Dialog>("fl-dialog")?.close();
  };

  readonly #submitted = (event: Event): void => {
    event.preventDefault();
    void this.#bySecret();
  };

  readonly #bySecret = async (): Promise<void> => {
    const input = this.renderRoot.querySelector("input");
    if (input === null || input.value === "") return input?.focus();
    const { value } = input;
    await this.#prove(async () => (this.#isPerson ? { password: value } : { token: value.trim() }));
  };

  readonly #byPasskey = (): Promise<void> => this.#prove(async () => ({ passkey: await askForPasskey() }));

  async #prove(ask: () => Promise<Proof>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.fault = undefined;
    try {
      await proveSignIn(await ask());
      this.#proved = true;
      this.#close();
    } catch (thrown) {
      const error = asApiError(thrown);
      const wrong = error.status === 401 && error.field !== "passkey";
      const own = this.#isPerson ? "This is not your password." : "This is not the token.";
      this.fault = passkeyFault(thrown) ?? (wrong ? own : explained(error));
    }
    this.busy = false;
  }
}

/** Shows the dialog. Resolves when it is closed; true if the person has proved who they are. */
export function askForProof(): Promise<boolean> {
  const element = new ProofDialog();
  return new Promise((resolve) => {
    element.closed = (proved) => {
      element.remove();
      resolve(proved);
    };
    document.body.append(element);
  });
}
