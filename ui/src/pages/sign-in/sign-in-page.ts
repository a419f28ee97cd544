import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { explained } from "../../components/basic/notice.ts";
import { basePath } from "../../data/base.ts";
import type { ApiError } from "../../data/problem.ts";
import { type SignUpInfo, signUpInfo } from "../../data/session.ts";
import { paths } from "../../state/paths.ts";
import { base } from "../../styles/shared.ts";
import "../../components/basic/icon.ts";
import { signedOutStyles } from "./signed-out.ts";
import "./sign-in-form.ts";

/** Refusals of an OpenID sign-in by the error code in the address. */
const OPEN_ID_REFUSALS: Readonly<Record<string, string>> = {
  forbidden: "You have no role here. Ask an administrator for one.",
  "person-exists":
    "Somebody here has your email address. If it is you, sign in as before and connect your organisation in your profile. Otherwise, ask an administrator.",
  "person-ended": "Your access has ended. Ask an administrator.",
  unauthenticated: "Your organisation did not sign you in, or it took too long. Try again.",
  unavailable: "Your organisation's sign-in can't be reached. Try again in a moment.",
};

@customElement("fl-sign-in-page")
export class SignInPage extends LitElement {
  static override styles = [
    base,
    signedOutStyles,
    css`
      main {
        gap: var(--space-5);
      }
      [role]:empty {
        display: none;
      }
      .why {
        display: flex;
        gap: var(--space-2);
        padding: var(--space-2) var(--space-3);
        border-radius: var(--radius);
        background: var(--info-tint);
        color: var(--info-text);
      }
      .why fl-icon {
        margin-top: 0.15rem;
      }
      nav {
        display: flex;
        justify-content: center;
        gap: var(--space-4);
      }
      .refused {
        background: var(--danger-tint);
        color: var(--danger-text);
      }
    `,
  ];

  @property({ attribute: false }) why: ApiError | "ended" | undefined;

  @state() private info: SignUpInfo | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    signUpInfo().then(
      (info) => {
        this.info = info;
      },
      () => {},
    );
  }

  protected override render() {
    return html`<main>
      <header>
        <img src="${basePath}favicon.svg" alt="" width="44" height="44" />
        <div>
          <h1>Sign in to Fleetlog</h1>
          <p class="quiet">See, understand and command your fleet.</p>
        </div>
      </header>
      <div role="status">${this.#why()}</div>
      <fl-sign-in-form></fl-sign-in-form>
      ${this.#others()}
    </main>`;
  }

  #others() {
    const { info } = this;
    if (info === undefined || (info.signUp === "off" && !info.mail)) return nothing;
    return html`<nav aria-label="Other ways">
      ${info.signUp === "off" ? nothing : html`<a href=${paths.signUp}>Sign up</a>`}
      ${info.mail ? html`<a href=${paths.forgot}>Forgotten password</a>` : nothing}
    </nav>`;
  }

  #why() {
    const { why } = this;
    const refused = new URLSearchParams(window.location.search).get("refused");
    if (refused !== null) {
      const text = OPEN_ID_REFUSALS[refused] ?? "You could not be signed in. Try again.";
      return html`<p class="why refused"><fl-icon name="alert"></fl-icon><span>${text}</span></p>`;
    }
    if (why === undefined) return nothing;
    if (why === "ended")
      return html`<p class="why"><fl-icon name="info"></fl-icon>Your session has ended. Sign in again to continue.</p>`;
    const text =
      why.status === 401
        ? "The token of the link that you followed is not valid. It may have been replaced since."
        : `The link that you followed did not sign you in. ${explained(why)}`;
    return html`<p class="why refused"><fl-icon name="alert"></fl-icon><span>${text}</span></p>`;
  }
}
