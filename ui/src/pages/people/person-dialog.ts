import { html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { explained, failureNote } from "../../components/basic/notice.ts";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import type { TagsInput } from "../../components/fields/tags-input.ts";
import { DoubtfulEmails } from "../../components/people/doubtful-email.ts";
import { withProof } from "../../components/people/with-proof.ts";
import { changePerson, invitePerson, nameOf, type PersonResource, type RoleName } from "../../data/people.ts";
import { asApiError } from "../../data/problem.ts";
import { accounts, hasAccounts } from "../../state/accounts.ts";
import { sessionInfo } from "../../state/session.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import { rolesUpTo } from "./roles.ts";
import "../../components/dialogs/dialog.ts";
import "../../components/basic/icon.ts";
import "../../components/fields/tags-input.ts";

@customElement("fl-person-dialog")
class PersonDialog extends LitElement {
  static override styles = [base, buttons, fields];

  person: PersonResource | undefined;
  mail = false;
  closed: (saved: PersonResource | undefined) => void = () => {};
  @state() private fault: { readonly field: string; readonly text: string } | undefined;
  @state() private busy = false;
  #saved: PersonResource | undefined;
  readonly #emails = new DoubtfulEmails();

  protected override render() {
    const { person, mail } = this;
    const hint = mail
      ? "A link goes out by mail."
      : "You get a one-time link to pass on, since no mails are sent here.";
    return html`<fl-dialog
      heading=${person ? `Access of ${nameOf(person)}` : "Invite a person"}
      @closed=${() => this.closed(this.#saved)}
    >
      <form style="display: contents" @submit=${this.#submitted} novalidate>
        ${person ? nothing : this.#field("email", "Email address", hint, (fault) => html`<input name="email" type="email" autocomplete="off" spellcheck="false" autofocus aria-invalid=${fault ? "true" : nothing} />`)}
        ${this.#field("role", "Role", "", (fault) => html`<select name="role" aria-invalid=${fault ? "true" : nothing}>${this.#roles()}</select>`)}
        <div class="field">
          <span>Tags</span>
          <fl-tags-input label="Tags" .initial=${person?.tags ?? []}></fl-tags-input>
          <span class="hint">The person sees only devices with one of these tags. Without any, they see every device of the account.</span>
        </div>
        ${hasAccounts() ? this.#field("account", "Account", "", (fault) => html`<select name="account" aria-invalid=${fault ? "true" : nothing}>${this.#accounts()}</select>`) : nothing}
        ${failureNote(this.fault?.field === "" ? this.fault.text : undefined)}
      </form>
      <button slot="footer" class="button" @click=${this.#close}>Cancel</button>
      <button slot="footer" class="button primary" ?disabled=${this.busy} @click=${this.#save}>
        ${person ? "Save" : "Invite"}
      </button>
    </fl-dialog>`;
  }

  #field(name: string, label: string, hint: string, control: (fault: string | undefined) => unknown) {
    const fault = this.fault?.field === name ? this.fault.text : undefined;
    return html`<label class="field">
      <span>${label}</span>
      ${control(fault)}
      <span class=${fault ? "fault" : "hint"} role=${fault ? "alert" : nothing}>${fault ?? (hint || nothing)}</span>
    </label>`;
  }

  #roles() {
    const held = this.person?.role ?? "operator";
    return rolesUpTo(sessionInfo()?.role).map((role) => html`<option .selected=${role === held}>${role}</option>`);
  }

  #accounts() {
    const held = this.person?.account ?? sessionInfo()?.account;
    return accounts.value.map(
      ({ id, name }) => html`<option value=${id} .selected=${id === held}>${name} (${id})</option>`,
    );
  }

  readonly #close = (): void => {
    this.renderRoot.querySelector<Dialog>("fl-dialog")?.close();
  };

  readonly #submitted = (event: Event): void => {
    event.preventDefault();
    void this.#save();
  };

  readonly #save = async (): Promise<void> => {
    if (this.busy) return;
    const value = (name: string) =>
      this.renderRoot.querySelector<HTMLInputElement | HTMLSelectElement>(`[name=${name}]`)?.value.trim();
    const [email = "", role, account] = [value("email"), value("role") as RoleName, value("account")];
    const missing = this.person === undefined && email === "" ? "Give an email address." : undefined;
    const fault = missing ?? this.#emails.doubt(email, "Invite");
    if (fault !== undefined) {
      this.fault = { field: "email", text: fault };
      return;
    }
    const tags = this.renderRoot.querySelector<TagsInput>("fl-tags-input")?.collect() ?? [];
    const inAccount = account === undefined || account === this.person?.account ? {} : { account };
    this.busy = true;
    this.fault = undefined;
    try {
      const { person } = this;
      this.#saved = await withProof(() =>
        person
          ? changePerson(person.id, { role, tags: tags.length > 0 ? tags : null, ...inAccount })
          : invitePerson({ email, role, ...(tags.length > 0 && { tags }), ...inAccount }),
      );
      this.#close();
    } catch (thrown) {
      const error = asApiError(thrown);
      const field = ["email", "role", "account"].find((one) => one === error.field) ?? "";
      const taken = error.code === "person-exists" ? "Somebody has this email address already." : undefined;
      this.fault = { field, text: taken ?? explained(error) };
    }
    this.busy = false;
  };
}

export function showPersonDialog(
  person: PersonResource | undefined,
  mail: boolean,
): Promise<PersonResource | undefined> {
  const element = new PersonDialog();
  element.person = person;
  element.mail = mail;
  return new Promise((resolve) => {
    element.closed = (saved) => {
      element.remove();
      resolve(saved);
    };
    document.body.append(element);
  });
}
