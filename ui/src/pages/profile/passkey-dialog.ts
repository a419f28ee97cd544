import { html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { explained, failureNote } from "../../components/basic/notice.ts";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import { addPasskey, type PasskeyResource, passkeyFault, removePasskey, renamePasskey } from "../../data/passkeys.ts";
import { asApiError } from "../../data/problem.ts";
import { notify } from "../../state/toasts.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import "../../components/dialogs/dialog.ts";
import "../../components/basic/icon.ts";

export type PasskeyPurpose = "add" | "rename" | "remove";

const HEADINGS = { add: "Add a passkey", rename: "Rename the passkey", remove: "Remove the passkey" } as const;
const ACTIONS = { add: "Continue", rename: "Rename", remove: "Remove" } as const;
const WHY = {
  add: "Your browser then asks where to keep it: on this device, on your phone, or on a security key.",
  rename: undefined,
  remove: "Nobody can sign in with it any more, and your other sign-ins end. Delete it on your device, too.",
} as const;

@customElement("fl-passkey-dialog")
class PasskeyDialog extends LitElement {
  static override styles = [base, buttons, fields];

  @property() purpose: PasskeyPurpose = "add";
  @property({ attribute: false }) passkey: PasskeyResource | undefined;
  @state() private fault: { readonly field: string; readonly text: string } | undefined;
  @state() private busy = false;
  closed: () => void = () => {};

  protected override render() {
    const { purpose, passkey, fault } = this;
    const why = WHY[purpose];
    return html`<fl-dialog heading=${HEADINGS[purpose]} @closed=${this.closed}>
      <form style="display: contents" @submit=${this.#submitted} novalidate>
        ${purpose === "remove" ? html`<p><strong>${passkey?.name}</strong></p>` : nothing}
        ${why ? html`<p class="quiet">${why}</p>` : nothing}
        ${purpose === "remove" ? nothing : this.#field("name", "Name", "Such as the device that has it.")}
        ${purpose === "rename" ? nothing : this.#field("password", "Your password")}
        ${failureNote(fault?.field === "" ? fault.text : undefined)}
        <button hidden></button>
      </form>
      <button slot="footer" class="button" @click=${this.#close}>Cancel</button>
      <button slot="footer" class="button primary" ?disabled=${this.busy} @click=${this.#run}>${ACTIONS[purpose]}</button>
    </fl-dialog>`;
  }

  #field(name: "name" | "password", label: string, hint?: string) {
    const fault = this.fault?.field === name ? this.fault.text : undefined;
    const isFirst = name === "name" || this.purpose === "remove";
    return html`<label class="field">
      <span>${label}</span>
      <input
        name=${name}
        type=${name === "name" ? "text" : "password"}
        autocomplete=${name === "name" ? "off" : "current-password"}
        maxlength=${name === "name" ? 128 : 1_024}
        .value=${name === "name" ? (this.passkey?.name ?? "") : ""}
        ?autofocus=${isFirst}
        aria-invalid=${fault ? "true" : nothing}
      />
      <span class=${fault ? "fault" : "hint"} role=${fault ? "alert" : nothing}>${fault ?? hint ?? nothing}</span>
    </label>`;
  }

  readonly #close = (): void => {
    this.renderRoot.querySelector<Dialog>("fl-dialog")?.close();
  };

  readonly #submitted = (event: Event): void => {
    event.preventDefault();
    void this.#run();
  };

  readonly #run = async (): Promise<void> => {
    if (this.busy) return;
    const inputs = [...this.renderRoot.querySelectorAll("input")];
    const empty = inputs.find(({ value }) => value.trim() === "");
    if (empty !== undefined) {
      const text = empty.name === "name" ? "Give the passkey a name." : "Enter your password.";
      this.fault = { field: empty.name, text };
      return empty.focus();
    }
    const value = (name: string) => inputs.find((input) => input.name === name)?.value ?? "";
    this.busy = true;
    this.fault = undefined;
    try {
      await this.#act(value("name").trim(), value("password"));
      this.#close();
    } catch (thrown) {
      const refused = passkeyFault(thrown);
      const error = asApiError(thrown);
      const wrong = error.status === 401 && error.field === "password";
      const field = wrong || error.field === "name" ? (error.field ?? "") : "";
      this.fault = { field, text: refused ?? (wrong ? "This is not your password." : explained(error)) };
    }
    this.busy = false;
  };

  async #act(name: string, password: string): Promise<void> {
    const { purpose, passkey } = this;
    if (purpose === "add") {
      await addPasskey(name, password);
      notify("good", `${name} is added`, { detail: "You can sign in with it from now on." });
    } else if (passkey !== undefined && purpose === "rename") await renamePasskey(passkey.id, name);
    else if (passkey !== undefined) {
      await removePasskey(passkey.id, password);
      notify("good", `${passkey.name} is removed`, { detail: "Your other sign-ins have ended." });
    }
  }
}

export function showPasskeyDialog(purpose: PasskeyPurpose, passkey?: PasskeyResource): Promise<void> {
  const element = new PasskeyDialog();
  element.purpose = purpose;
  element.passkey = passkey;
  return new Promise((resolve) => {
    element.closed = () => {
      element.remove();
      resolve();
    };
    document.body.append(element);
  });
}
