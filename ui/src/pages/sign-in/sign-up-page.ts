import { html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { explained } from "../../components/basic/notice.ts";
import { DoubtfulEmails } from "../../components/people/doubtful-email.ts";
import { basePath } from "../../data/base.ts";
import { asApiError } from "../../data/problem.ts";
import { confirmPerson, forgotPassword, resetPassword, signUp } from "../../data/session.ts";
import { navigate } from "../../state/location.ts";
import { paths } from "../../state/paths.ts";
import { signInByPassword } from "../../state/session.ts";
import { signsInByPassword } from "../../state/signed-in-before.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import { secretInput, secretStyles } from "./secret-input.ts";
import { fault, signedOutStyles, takeLink } from "./signed-out.ts";

/** The gateway's limit, in characters. */
const SHORTEST = 8;

type Way = "sign-up" | "confirm" | "forgot";

/**
 * Sign-up and forgotten password: first a form that requests a mail, then a form for the mail's code. Confirmation
 * links lead to the second form.
 */
@customElement("fl-sign-up-page")
export class SignUpPage extends LitElement {
  static override styles = [base, buttons, fields, secretStyles, signedOutStyles];

  @property() way: Way = "sign-up";
  @state() private step: "ask" | "code" = "ask";
  @state() private fault = "";
  @state() private busy = false;
  @state() private shown = false;
  @query("form") private readonly form!: HTMLFormElement | null;
  readonly #emails = new DoubtfulEmails();
  #email = "";
  #code = "";
  /** The password of the sign-up, for the sign-in after the address is confirmed. */
  #password: string | undefined;

  protected override willUpdate(): void {
    if (this.hasUpdated || this.way !== "confirm") return;
    const link = takeLink();
    this.#email = link?.email ?? "";
    this.#code = link?.code ?? "";
    this.step = "code";
  }

  protected override firstUpdated(): void {
    document.title = `${this.#title()} · Fleetlog`;
    this.#focus();
  }

  protected override render() {
    const isLink = this.way === "confirm";
    return html`<main>
      <header>
        <img src="${basePath}favicon.svg" alt="" width="44" height="44" />
        <h1>${this.#title()}</h1>
      </header>
      ${
        this.step === "code" && !isLink
          ? html`<p role="status">If ${this.way === "sign-up" ? "this address can sign up" : "somebody has this address"}, a mail with a code is on its way to <b>${this.#email}</b>.</p>`
          : nothing
      }
      <form @submit=${this.#submit} novalidate>
        ${this.step === "ask" || isLink ? this.#emailField() : nothing}
        ${this.step === "code" ? this.#codeField() : nothing}
        ${this.#asksPassword() ? this.#passwordField() : nothing}
        <div role="alert">${this.fault === "" ? nothing : fault(this.fault)}</div>
        <button class="button primary" aria-disabled=${this.busy}>${this.busy ? "One moment…" : this.#action()}</button>
      </form>
      ${
        this.step === "code" && !isLink
          ? html`<button class="button ghost" type="button" @click=${this.#askAgain}>Use another address</button>`
          : nothing
      }
      <a class="button ghost" href=${paths.signIn}>Go to sign-in</a>
    </main>`;
  }

  #title(): string {
    return { "sign-up": "Sign up for Fleetlog", confirm: "Confirm your address", forgot: "Forgotten password" }[
      this.way
    ];
  }

  #action(): string {
    if (this.step === "ask") return this.way === "sign-up" ? "Sign up" : "Send me a code";
    return this.way === "forgot" ? "Set password and sign in" : "Confirm";
  }

  #asksPassword(): boolean {
    return this.step === "ask" ? this.way === "sign-up" : this.way === "forgot";
  }

  #emailField() {
    return html`<div class="field">
      <label for="email">Email address</label>
      <input id="email" type="email" name="email" autocomplete="username" required spellcheck="false" .value=${this.#email} />
    </div>`;
  }

  #codeField() {
    return html`<div class="field">
      <label for="code">Code from the mail</label>
      <input
        id="code"
        name="code"
        autocomplete="one-time-code"
        autocapitalize="characters"
        required
        spellcheck="false"
        maxlength="64"
        .value=${this.#code}
      />
    </div>`;
  }

  #passwordField() {
    return html`<div class="field">
      <label for="password">${this.way === "forgot" ? "New password" : "Password"}</label>
      ${secretInput({
        id: "password",
        what: "password",
        autocomplete: "new-password",
        shown: this.shown,
        isInvalid: false,
        hint: "hint",
        toggle: () => {
          this.shown = !this.shown;
        },
      })}
      <p class="hint" id="hint">At least ${SHORTEST} characters.</p>
    </div>`;
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { form } = this;
    if (this.busy || form === null) return;
    const empty = [...form.querySelectorAll("input")].find(({ value }) => value.trim() === "");
    this.fault = empty === undefined ? "" : "Fill in every field.";
    if (empty !== undefined) return empty.focus();
    const given = new FormData(form);
    const text = (name: string) => String(given.get(name) ?? "");
    this.#email = text("email").trim() || this.#email;
    const password = given.has("password") ? text("password") : undefined;
    if (password !== undefined && password.length < SHORTEST) {
      this.fault = `A password has at least ${SHORTEST} characters.`;
      return;
    }
    if (this.step === "ask") this.fault = this.#emails.doubt(this.#email, this.#action()) ?? "";
    if (this.fault !== "") return;
    this.busy = true;
    try {
      if (this.step === "ask") await this.#ask(password);
      else await this.#use(text("code").trim(), password);
    } catch (thrown) {
      const error = asApiError(thrown);
      this.fault =
        error.status === 401 ? "This code is wrong, was used before, was replaced, or is too old." : explained(error);
    } finally {
      this.busy = false;
    }
  };

  readonly #askAgain = async (): Promise<void> => {
    this.step = "ask";
    this.fault = "";
    await this.updateComplete;
    this.form?.querySelector<HTMLInputElement>("#email")?.select();
  };

  async #ask(password: string | undefined): Promise<void> {
    const email = this.#email;
    if (password === undefined) await forgotPassword(email);
    else await signUp({ email, password });
    this.#password = password;
    this.step = "code";
    await this.updateComplete;
    this.#focus();
  }

  async #use(code: string, password: string | undefined): Promise<void> {
    const email = this.#email;
    if (password === undefined) await confirmPerson({ email, code });
    else await resetPassword({ email, code, password });
    signsInByPassword.set(true);
    const known = password ?? this.#password;
    if (known === undefined) return navigate(paths.signIn, "replace");
    // The sign-in page asks for a second factor.
    const signedIn = await signInByPassword(email, known).then(
      () => true,
      () => false,
    );
    navigate(signedIn ? paths.fleet : paths.signIn, "replace");
  }

  #focus(): void {
    const inputs = [...(this.form?.querySelectorAll("input") ?? [])];
    (inputs.find(({ value }) => value === "") ?? inputs[0])?.focus();
  }
}
