import { html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { explained } from "../../components/basic/notice.ts";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import { DoubtfulEmails } from "../../components/people/doubtful-email.ts";
import { withProof } from "../../components/people/with-proof.ts";
import { makeEmailLink, nameOf, type PersonLinkAnswer, type PersonResource } from "../../data/people.ts";
import { asApiError } from "../../data/problem.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import { showLink } from "./link.ts";
import "../../components/dialogs/dialog.ts";

@customElement("fl-email-dialog")
class EmailDialog extends LitElement {
  static override styles = [base, buttons, fields];

  person!: PersonResource;
  closed: (made: PersonLinkAnswer | undefined) => void = () => {};
  @state() private fault: string | undefined;
  @state() private busy = false;
  #made: PersonLinkAnswer | undefined;
  readonly #emails = new DoubtfulEmails();

  protected override render() {
    const { fault, person } = this;
    return html`<fl-dialog heading="New email address of ${nameOf(person)}" @closed=${() => this.closed(this.#made)}>
      <form style="display: contents" @submit=${this.#submitted} novalidate>
        <label class="field">
          <span>New email address</span>
          <input type="email" autocomplete="off" spellcheck="false" autofocus aria-invalid=${fault ? "true" : nothing} />
          <span class=${fault ? "fault" : "hint"} role=${fault ? "alert" : nothing}>
            ${fault ?? "You get a one-time link to pass on. The present address stays until the person opens it, signed in."}
          </span>
        </label>
      </form>
      <button slot="footer" class="button" @click=${this.#close}>Cancel</button>
      <button slot="footer" class="button primary" ?disabled=${this.busy} @click=${this.#make}>Make a link</button>
    </fl-dialog>`;
  }

  readonly #close = (): void => {
    this.renderRoot.querySelector<Dialog>("fl-dialog")?.close();
  };

  readonly #submitted = (event: Event): void => {
    event.preventDefault();
    void this.#make();
  };

  readonly #make = async (): Promise<void> => {
    if (this.busy) return;
    const email = this.renderRoot.querySelector("input")?.value.trim() ?? "";
    this.fault = this.#emails.doubt(email, "Make a link");
    if (this.fault !== undefined) return;
    this.busy = true;
    try {
      this.#made = await withProof(() => makeEmailLink(this.person.id, email));
      this.#close();
    } catch (thrown) {
      const error = asApiError(thrown);
      this.fault = error.code === "person-exists" ? "Somebody has this email address already." : explained(error);
    }
    this.busy = false;
  };
}

export async function showEmailDialog(person: PersonResource): Promise<void> {
  const element = new EmailDialog();
  element.person = person;
  const made = await new Promise<PersonLinkAnswer | undefined>((resolve) => {
    element.closed = (link) => {
      element.remove();
      resolve(link);
    };
    document.body.append(element);
  });
  if (made !== undefined)
    await showLink(made, person.email, "Whoever opens it, signed in as this person, confirms the new address.");
}
