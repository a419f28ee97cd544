import { html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { asApiError } from "../../data/problem.ts";
import { setFirstPassword } from "../../state/session.ts";
import { passwordLater, signsInByPassword } from "../../state/signed-in-before.ts";
import { notify } from "../../state/toasts.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import { explained, failureNote } from "../basic/notice.ts";
import type { Dialog } from "../dialogs/dialog.ts";
import { DoubtfulEmails } from "./doubtful-email.ts";
import { withProof } from "./with-proof.ts";
import "../dialogs/dialog.ts";
import "../basic/icon.ts";

@customElement("fl-first-password")
export class FirstPassword extends LitElement {
  static override styles = [base, buttons, fields];

  @state() private fault: { readonly field: string; readonly text: string } | undefined;
  @state() private busy = false;
  readonly #emails = new DoubtfulEmails();

  protected override render() {
    const general = this.fault !== undefined && !["email", "password"].includes(this.fault.field);
    return html`<fl-dialog heading="Set your password" @closed=${this.#closed}>
      <p class="quiet">
        You have signed in with the token of this installation. With an email address and a password you can sign in from any
        browser, and your changes are recorded under your own name. The token stays valid.
      </p>
      <form style="display: contents" @submit=${this.#submitted} novalidate>
        ${this.#field("email", "Email address", "email", "username", "")}
        ${this.#field("password", "New password", "password", "new-password", "At least 8 characters.")}
        ${failureNote(general ? this.fault?.text : undefined)}
        <button type="submit" hidden></button>
      </form>
      <button slot="footer" class="button" @click=${this.#close}>Later</button>
      <button slot="footer" class="button primary" ?disabled=${this.busy} @click=${this.#save}>Set password</button>
    </fl-dialog>`;
  }

  #field(name: string, label: string, type: string, autocomplete: "username" | "new-password", hint: string) {
    const fault = this.fault?.field === name ? this.fault.text : undefined;
    return html`<label class="field">
      <span>${label}</span>
      <input name=${name} type=${type} autocomplete=${autocomplete} spellcheck="false" ?autofocus=${name === "email"} aria-invalid=${fault ? "true" : nothing} />
      <span class=${fault ? "fault" : "hint"} role=${fault ? "alert" : nothing}>${fault ?? (hint || nothing)}</span>
    </label>`;
  }

  readonly #close = (): void => {
    this.renderRoot.querySelector<Dialog>("fl-dialog")?.close();
  };

  readonly #closed = (): void => {
    passwordLater.set(true);
    this.dispatchEvent(new Event("closed"));
  };

  readonly #submitted = (event: Event): void => {
    event.preventDefault();
    void this.#save();
  };

  readonly #save = async (): Promise<void> => {
    if (this.busy) return;
    const value = (name: string) => this.renderRoot.querySelector<HTMLInputElement>(`[name=${name}]`)?.value ?? "";
    const [email, password] = [value("email").trim(), value("password")];
    const fault = email === "" ? "Give an email address." : this.#emails.doubt(email, "Set password");
    if (fault !== undefined) {
      this.fault = { field: "email", text: fault };
      return;
    }
    this.busy = true;
    this.fault = undefined;
    try {
      await withProof(() => setFirstPassword(email, password));
      signsInByPassword.set(true);
      notify("good", "Your password is set", { detail: `You are signed in as ${email}.` });
      this.#close();
    } catch (thrown) {
      const error = asApiError(thrown);
      this.fault = { field: error.field ?? "", text: explained(error) };
    }
    this.busy = false;
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-first-password": FirstPassword;
  }
}
