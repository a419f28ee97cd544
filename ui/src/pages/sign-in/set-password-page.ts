import { html, LitElement, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { explained } from "../../components/basic/notice.ts";
import { basePath } from "../../data/base.ts";
import { type ApiError, asApiError } from "../../data/problem.ts";
import { resetPassword } from "../../data/session.ts";
import { navigate } from "../../state/location.ts";
import { paths } from "../../state/paths.ts";
import { signInByPassword } from "../../state/session.ts";
import { signsInByPassword } from "../../state/signed-in-before.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import { secretInput, secretStyles } from "./secret-input.ts";
import { fault, signedOutStyles, takeLink } from "./signed-out.ts";

/** The gateway's limit, in characters. */
const SHORTEST = 8;

/** Target of a person's one-time link: sets the password and signs in. */
@customElement("fl-set-password-page")
export class SetPasswordPage extends LitElement {
  static override styles = [base, buttons, fields, secretStyles, signedOutStyles];

  @state() private error: ApiError | undefined;
  @state() private isTooShort = false;
  @state() private busy = false;
  @state() private shown = false;
  @query("#password") private readonly password!: HTMLInputElement | null;
  readonly #link = takeLink();

  protected override firstUpdated(): void {
    document.title = "Set your password · Fleetlog";
    this.password?.focus();
  }

  protected override render() {
    return html`<main>
      <header>
        <img src="${basePath}favicon.svg" alt="" width="44" height="44" />
        <div>
          <h1>Set your password</h1>
          ${this.#link && html`<p class="quiet">${this.#link.email}</p>`}
        </div>
      </header>
      ${this.#link ? this.#form() : html`<p>This link is not complete. Ask for a new one.</p>`}
      <a class="button ghost" href=${paths.signIn}>Go to sign-in</a>
    </main>`;
  }

  #form() {
    return html`<form @submit=${this.#submit} novalidate>
      <input type="hidden" name="email" autocomplete="username" .value=${this.#link?.email ?? ""} />
      <div class="field">
        <label for="password">New password</label>
        ${secretInput({
          id: "password",
          what: "password",
          autocomplete: "new-password",
          shown: this.shown,
          isInvalid: this.isTooShort,
          hint: "hint",
          toggle: () => {
            this.shown = !this.shown;
          },
        })}
        <p class="hint" id="hint">At least ${SHORTEST} characters.</p>
      </div>
      <div role="alert">${this.#fault()}</div>
      <button class="button primary" aria-disabled=${this.busy}>
        ${this.busy ? "Setting the password…" : "Set password and sign in"}
      </button>
    </form>`;
  }

  #fault() {
    const { error, isTooShort } = this;
    if (isTooShort) return fault(`A password has at least ${SHORTEST} characters.`);
    if (error === undefined) return nothing;
    return fault(
      error.status === 401
        ? "This link was used before, was replaced, or is too old. Ask for a new one."
        : explained(error),
    );
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const link = this.#link;
    const { password } = this;
    if (this.busy || link === undefined || password === null) return;
    this.error = undefined;
    this.isTooShort = password.value.length < SHORTEST;
    if (this.isTooShort) return password.focus();
    this.busy = true;
    try {
      await resetPassword({ ...link, password: password.value });
      signsInByPassword.set(true);
      await signInByPassword(link.email, password.value);
      navigate(paths.fleet, "replace");
    } catch (thrown) {
      const error = asApiError(thrown);
      if (error.code === "second-factor-required") return navigate(paths.signIn, "replace");
      this.error = error;
      password.focus();
    } finally {
      this.busy = false;
    }
  };
}
