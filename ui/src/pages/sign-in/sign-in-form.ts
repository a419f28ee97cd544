import { css, html, LitElement, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { type ApiError, asApiError } from "../../data/problem.ts";
import { signIn, signInByPassword } from "../../state/session.ts";
import { signsInByPassword } from "../../state/signed-in-before.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import "../../components/icon.ts";
import { explained } from "../../components/notice.ts";
import { secretInput, secretStyles } from "./secret-input.ts";

/** Signs in by an operator's token, or by email address and password. */
@customElement("fl-sign-in-form")
export class SignInForm extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    secretStyles,
    css`
      :host {
        display: block;
      }
      form {
        display: grid;
        gap: var(--space-4);
      }
      label {
        font-weight: 500;
      }
      .button.primary {
        height: max(2.375rem, var(--control));
      }
      .fault {
        display: flex;
        gap: var(--space-2);
        padding: var(--space-2) var(--space-3);
        border-radius: var(--radius);
        background: var(--danger-tint);
      }
    `,
  ];

  @state() private error: ApiError | undefined;
  @state() private busy = false;
  @state() private shown = false;
  @state() private byPassword = signsInByPassword.get();
  @query("input") private readonly first!: HTMLInputElement;
  @query("#secret") private readonly secret!: HTMLInputElement;

  protected override firstUpdated(): void {
    this.first.focus();
  }

  protected override render() {
    return html`<form @submit=${this.#submit} novalidate>
        ${this.byPassword ? this.#emailField() : nothing}
        <div class="field">
          <label for="secret">${this.byPassword ? "Password" : "Operator token"}</label>
          ${secretInput({
            id: "secret",
            what: this.byPassword ? "password" : "token",
            autocomplete: "current-password",
            shown: this.shown,
            isInvalid: this.error !== undefined,
            ...(!this.byPassword && { hint: "hint" }),
            toggle: () => {
              this.shown = !this.shown;
            },
          })}
          ${
            this.byPassword
              ? nothing
              : html`<p class="hint" id="hint"><code>npm start</code> prints the first token, and a link that signs you in.</p>`
          }
        </div>
        <div role="alert">${this.#fault()}</div>
        <button class="button primary" aria-disabled=${this.busy}>${this.busy ? "Signing in…" : "Sign in"}</button>
        <button type="button" class="button ghost" @click=${this.#otherWay}>
          ${this.byPassword ? "Sign in with a token" : "Sign in with email and password"}
        </button>
      </form>`;
  }

  #emailField() {
    return html`<div class="field">
      <label for="email">Email address</label>
      <input id="email" type="email" name="email" autocomplete="username" required spellcheck="false" />
    </div>`;
  }

  #fault() {
    const { error } = this;
    if (error === undefined) return nothing;
    const wrong = this.byPassword ? "That email address or password is wrong." : "That token is not valid.";
    const text = error.status === 401 ? wrong : explained(error);
    return html`<div class="fault"><fl-icon name="alert"></fl-icon><span>${text}</span></div>`;
  }

  readonly #otherWay = async (): Promise<void> => {
    this.byPassword = !this.byPassword;
    this.error = undefined;
    this.secret.value = "";
    await this.updateComplete;
    this.first.focus();
  };

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { first, secret, byPassword } = this;
    if (this.busy) return;
    const empty = [first, secret].find((field) => field.value.trim() === "");
    if (empty !== undefined) return empty.focus();
    this.busy = true;
    this.error = undefined;
    try {
      await (byPassword ? signInByPassword(first.value, secret.value) : signIn(secret.value));
      signsInByPassword.set(byPassword);
    } catch (thrown) {
      this.error = asApiError(thrown);
      secret.focus();
      secret.select();
    } finally {
      this.busy = false;
    }
  };
}
