import { css, html, LitElement, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { basePath } from "../../data/base.ts";
import {
  askForPasskey,
  browserHasPasskeys,
  offerPasskeys,
  type PasskeyAssertion,
  passkeyFault,
} from "../../data/passkeys.ts";
import { type ApiError, asApiError } from "../../data/problem.ts";
import { signInWays } from "../../data/profile.ts";
import { paths } from "../../state/paths.ts";
import { signIn, signInByPasskey, signInByPassword } from "../../state/session.ts";
import { signsInByPassword } from "../../state/signed-in-before.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import "../../components/basic/icon.ts";
import { explained } from "../../components/basic/notice.ts";
import { secretInput, secretStyles } from "./secret-input.ts";

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
  @state() private isEmpty = false;
  @state() private needsCode = false;
  @state() private openId = false;
  @state() private passkeys = false;
  @state() private noPasskey: string | undefined;
  @state() private byPassword = signsInByPassword.get();
  #offered: AbortController | undefined;
  @query("input") private readonly first!: HTMLInputElement;
  @query("#secret") private readonly secret!: HTMLInputElement;
  @query("#otp") private readonly code!: HTMLInputElement | null;

  protected override firstUpdated(): void {
    this.first.focus();
    signInWays().then(
      (ways) => {
        this.openId = ways.openId;
        this.passkeys = ways.passkeys && browserHasPasskeys();
        if (this.passkeys) void this.#offer();
      },
      () => {},
    );
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#offered?.abort();
  }

  async #offer(): Promise<void> {
    this.#offered?.abort();
    const offered = new AbortController();
    this.#offered = offered;
    const answer = await offerPasskeys(offered.signal).catch(() => undefined);
    if (answer !== undefined && !offered.signal.aborted) await this.#signInBy(async () => answer);
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
        ${this.needsCode ? this.#codeField() : nothing}
        <div role="alert">${this.#fault()}</div>
        <button class="button primary" aria-disabled=${this.busy}>${this.busy ? "Signing in…" : "Sign in"}</button>
        ${
          this.passkeys
            ? html`<button type="button" class="button" @click=${() => this.#signInBy(askForPasskey)}>
                <fl-icon name="key"></fl-icon>${this.needsCode ? "Use a passkey" : "Sign in with a passkey"}
              </button>`
            : nothing
        }
        ${this.openId ? html`<a class="button" href="${basePath}api/session/openid?to=${this.#to()}">Sign in with your organisation</a>` : nothing}
        <button type="button" class="button ghost" @click=${this.#otherWay}>
          ${this.byPassword ? "Sign in with a token" : "Sign in with email and password"}
        </button>
      </form>`;
  }

  #emailField() {
    return html`<div class="field">
      <label for="email">Email address</label>
      <input id="email" type="email" name="email" autocomplete="username webauthn" required spellcheck="false" />
    </div>`;
  }

  #codeField() {
    return html`<div class="field">
      <label for="otp">Code of your authenticator app</label>
      <input
        id="otp"
        name="otp"
        type="text"
        autocomplete="one-time-code"
        inputmode="text"
        spellcheck="false"
        aria-invalid=${this.error === undefined ? nothing : "true"}
        aria-describedby="otp-hint"
      />
      <p class="hint" id="otp-hint">Or one of your recovery codes.</p>
    </div>`;
  }

  #to(): string {
    const { pathname, search } = window.location;
    const asked = new URLSearchParams(search).get("to");
    return encodeURIComponent(pathname === paths.signIn ? (asked ?? basePath) : pathname + search);
  }

  #fault() {
    const { error, noPasskey } = this;
    if (noPasskey !== undefined)
      return html`<div class="fault"><fl-icon name="alert"></fl-icon><span>${noPasskey}</span></div>`;
    if (this.isEmpty) {
      const text = this.byPassword ? "Enter your email address and your password." : "Enter a token.";
      return html`<div class="fault"><fl-icon name="alert"></fl-icon><span>${text}</span></div>`;
    }
    if (error === undefined) return nothing;
    if (error.status === 401 && error.field === "passkey")
      return html`<div class="fault"><fl-icon name="alert"></fl-icon><span>${explained(error)}</span></div>`;
    if (error.status === 401 && error.field === "otp")
      return html`<div class="fault"><fl-icon name="alert"></fl-icon><span>That code is wrong, or was used before. Wait for the next one.</span></div>`;
    const wrong = this.byPassword ? "That email address or password is wrong." : "That token is not valid.";
    const text = error.status === 401 ? wrong : explained(error);
    return html`<div class="fault"><fl-icon name="alert"></fl-icon><span>${text}</span></div>`;
  }

  #clearFaults(): void {
    this.error = undefined;
    this.noPasskey = undefined;
    this.isEmpty = false;
  }

  readonly #otherWay = async (): Promise<void> => {
    this.byPassword = !this.byPassword;
    this.needsCode = false;
    this.#clearFaults();
    this.secret.value = "";
    await this.updateComplete;
    this.first.focus();
  };

  async #signInBy(ask: () => Promise<PasskeyAssertion>): Promise<void> {
    if (this.busy) return;
    const { needsCode, first, secret } = this;
    this.busy = true;
    this.#clearFaults();
    try {
      const passkey = await ask();
      await (needsCode ? signInByPassword(first.value, secret.value, { passkey }) : signInByPasskey(passkey));
      signsInByPassword.set(true);
    } catch (thrown) {
      this.noPasskey = passkeyFault(thrown);
      if (this.noPasskey === undefined) this.error = asApiError(thrown);
      else void this.#offer();
    } finally {
      this.busy = false;
    }
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { first, secret, byPassword } = this;
    if (this.busy) return;
    const empty = [first, secret].find((field) => field.value.trim() === "");
    this.#clearFaults();
    this.isEmpty = empty !== undefined;
    if (empty !== undefined) return empty.focus();
    this.busy = true;
    try {
      const otp = this.code?.value.trim() || undefined;
      await (byPassword
        ? signInByPassword(first.value, secret.value, otp === undefined ? {} : { otp })
        : signIn(secret.value));
      signsInByPassword.set(byPassword);
    } catch (thrown) {
      const error = asApiError(thrown);
      const asks = error.code === "second-factor-required";
      if (asks) this.needsCode = true;
      // The first request for a code is not an error.
      this.error = asks ? undefined : error;
      if (error.status === 401 && error.field !== "otp") this.needsCode = false;
      await this.updateComplete;
      const wrong = this.code ?? secret;
      wrong.focus();
      wrong.select();
    } finally {
      this.busy = false;
    }
  };
}
