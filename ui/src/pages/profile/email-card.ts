import { html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { explained, failureNote } from "../../components/basic/notice.ts";
import { DoubtfulEmails } from "../../components/people/doubtful-email.ts";
import { withProof } from "../../components/people/with-proof.ts";
import { asApiError } from "../../data/problem.ts";
import { changeEmail } from "../../data/profile.ts";
import { signUpInfo } from "../../data/session.ts";
import { takeEmailCode } from "../../state/email-link.ts";
import { Query } from "../../state/query.ts";
import { confirmEmail } from "../../state/session.ts";
import { notify } from "../../state/toasts.ts";
import { base, buttons, cards, fields } from "../../styles/shared.ts";
import { looseCard, profileForm } from "./styles.ts";
import "../../components/basic/icon.ts";

@customElement("fl-email-card")
export class EmailCard extends LitElement {
  static override styles = [base, buttons, cards, fields, looseCard, profileForm];

  /** The present address. */
  @property() email = "";
  @state() private fault: { readonly form: "ask" | "confirm"; readonly text: string } | undefined;
  @state() private busy = false;
  /** The address to which a code was sent. */
  @state() private asked: string | undefined;
  readonly #code = takeEmailCode();
  readonly #emails = new DoubtfulEmails();
  readonly #info = new Query(this, { args: () => "mail", load: () => signUpInfo() });

  protected override render() {
    const mail = this.#info.data?.mail;
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head"><h2 id="heading">Email address</h2></div>
      <div class="card-body">
        ${mail === true ? this.#ask() : nothing}
        ${mail === false ? html`<p class="quiet">No mails are sent here: an owner or administrator makes a link with a code for you.</p>` : nothing}
        ${this.#confirm()}
      </div>
    </section>`;
  }

  #ask() {
    return html`<form @submit=${this.#asks} novalidate>
      <label class="field">
        <span>New email address</span>
        <input type="email" name="email" autocomplete="email" spellcheck="false" />
        <span class="hint">It gets a code. ${this.email} gets a notice, and stays yours until you use the code.</span>
      </label>
      <label class="field">
        <span>Your password</span>
        <input type="password" name="password" autocomplete="current-password" />
        <span class="hint">Leave it empty if you have none.</span>
      </label>
      ${failureNote(this.fault?.form === "ask" ? this.fault.text : undefined)}
      <button class="button" ?disabled=${this.busy}>Send a code</button>
      ${this.asked ? html`<p role="status">A code is on its way to ${this.asked}.</p>` : nothing}
    </form>`;
  }

  #confirm() {
    return html`<form @submit=${this.#confirms} novalidate>
      <label class="field">
        <span>Code for the new address</span>
        <input type="text" name="code" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" .value=${this.#code ?? ""} />
      </label>
      ${failureNote(this.fault?.form === "confirm" ? this.fault.text : undefined)}
      <button class="button" ?disabled=${this.busy}>Confirm the new address</button>
    </form>`;
  }

  readonly #asks = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const [email, password] = [valueIn(form, "email").trim(), valueIn(form, "password")];
    const doubt = this.#emails.doubt(email, "Send a code");
    if (doubt !== undefined) {
      this.fault = { form: "ask", text: doubt };
      return;
    }
    await this.#act("ask", async () => {
      await withProof(() => changeEmail(email, password));
      form.reset();
      this.asked = email;
    });
  };

  readonly #confirms = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    await this.#act("confirm", async () => {
      await confirmEmail(valueIn(form, "code").trim());
      form.reset();
      this.asked = undefined;
      notify("good", "Your email address is changed");
    });
  };

  async #act(form: "ask" | "confirm", act: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.fault = undefined;
    this.busy = true;
    try {
      await act();
    } catch (thrown) {
      const error = asApiError(thrown);
      const wrong = error.status === 401 && error.field === "password";
      this.fault = { form, text: wrong ? "This is not your password." : explained(error) };
    }
    this.busy = false;
  }
}

function valueIn(form: HTMLFormElement, name: string): string {
  return form.querySelector<HTMLInputElement>(`[name=${name}]`)?.value ?? "";
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-email-card": EmailCard;
  }
}
