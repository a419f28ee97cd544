import { css, html, LitElement, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { type ApiError, asApiError } from "../../data/problem.ts";
import { signIn } from "../../state/session.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import "../../components/icon.ts";
import { explained } from "../../components/notice.ts";

/** Signs in by an operator's token. */
@customElement("fl-sign-in-form")
export class SignInForm extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
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
      .secret {
        position: relative;
      }
      .secret input {
        padding-right: 2.5rem;
        font-family: var(--mono);
      }
      .secret button {
        position: absolute;
        right: 0;
        top: 0;
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
  @query("input") private readonly field!: HTMLInputElement;

  protected override firstUpdated(): void {
    this.field.focus();
  }

  protected override render() {
    return html`<form @submit=${this.#submit} novalidate>
        <div class="field">
          <label for="token">Operator token</label>
          <div class="secret">
            <input
              id="token"
              type=${this.shown ? "text" : "password"}
              name="token"
              autocomplete="current-password"
              required
              spellcheck="false"
              aria-invalid=${this.error ? "true" : nothing}
              aria-describedby="hint"
            />
            <button
              type="button"
              class="button ghost icon"
              aria-label=${this.shown ? "Hide the token" : "Show the token"}
              @click=${() => {
                this.shown = !this.shown;
              }}
            >
              <fl-icon .name=${this.shown ? "eye-off" : "eye"}></fl-icon>
            </button>
          </div>
          <p class="hint" id="hint"><code>npm start</code> prints the first token, and a link that signs you in.</p>
        </div>
        <div role="alert">${this.#fault()}</div>
        <button class="button primary" aria-disabled=${this.busy}>${this.busy ? "Signing in…" : "Sign in"}</button>
      </form>`;
  }

  #fault() {
    const { error } = this;
    if (error === undefined) return nothing;
    const text = error.status === 401 ? "That token is not valid." : explained(error);
    return html`<div class="fault"><fl-icon name="alert"></fl-icon><span>${text}</span></div>`;
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.busy || this.field.value.trim() === "") return this.field.focus();
    this.busy = true;
    this.error = undefined;
    try {
      await signIn(this.field.value);
    } catch (thrown) {
      this.error = asApiError(thrown);
      this.field.focus();
      this.field.select();
    } finally {
      this.busy = false;
    }
  };
}
