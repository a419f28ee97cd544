import { html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { explained, failureNote } from "../../components/basic/notice.ts";
import { asApiError } from "../../data/problem.ts";
import { changePassword } from "../../data/profile.ts";
import { notify } from "../../state/toasts.ts";
import { base, buttons, cards, fields } from "../../styles/shared.ts";
import { profileForm } from "./styles.ts";
import "../../components/basic/icon.ts";

@customElement("fl-password-card")
export class PasswordCard extends LitElement {
  static override styles = [base, buttons, cards, fields, profileForm];

  @state() private fault: { readonly field: string; readonly text: string } | undefined;
  @state() private busy = false;

  protected override render() {
    const own = this.fault?.field === "password" || this.fault?.field === "newPassword";
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head"><h2 id="heading">Password</h2></div>
      <div class="card-body">
        <form @submit=${this.#submit} novalidate>
          ${this.#field("password", "Current password", "current-password", undefined)}
          ${this.#field("newPassword", "New password", "new-password", "At least 8 characters. Your other sign-ins end.")}
          ${failureNote(this.fault && !own ? this.fault.text : undefined)}
          <button class="button" ?disabled=${this.busy}>Change password</button>
        </form>
      </div>
    </section>`;
  }

  #field(name: string, label: string, autocomplete: "current-password" | "new-password", hint: string | undefined) {
    const fault = this.fault?.field === name ? this.fault.text : undefined;
    return html`<label class="field">
      <span>${label}</span>
      <input type="password" name=${name} autocomplete=${autocomplete} aria-invalid=${fault ? "true" : nothing} />
      <span class=${fault ? "fault" : "hint"} role=${fault ? "alert" : nothing}>${fault ?? hint ?? nothing}</span>
    </label>`;
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    const form = event.target as HTMLFormElement;
    const [password, newPassword] = ["password", "newPassword"].map(
      (name) => form.querySelector<HTMLInputElement>(`[name=${name}]`)?.value ?? "",
    ) as [string, string];
    this.fault = undefined;
    this.busy = true;
    try {
      await changePassword(password, newPassword);
      form.reset();
      notify("good", "Your password is changed", { detail: "Your other sign-ins have ended." });
    } catch (thrown) {
      const error = asApiError(thrown);
      const wrong = error.status === 401 && error.field === "password";
      this.fault = { field: error.field ?? "", text: wrong ? "This is not your password." : explained(error) };
    }
    this.busy = false;
  };
}
