import { css, html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { confirm } from "../../components/dialogs/confirm.ts";
import { paths } from "../../state/paths.ts";
import { session, sessionInfo, signOutEverywhere } from "../../state/session.ts";
import { StoreController } from "../../state/store.ts";
import { notifyError } from "../../state/toasts.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { looseCard } from "./styles.ts";
import "../../components/basic/icon.ts";
import "./email-card.ts";
import "./names-card.ts";
import "./open-ids-card.ts";
import "./passkeys-card.ts";
import "./password-card.ts";
import "./second-factor-card.ts";

@customElement("fl-profile-page")
export class ProfilePage extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    pages,
    looseCard,
    css`
      .all {
        display: grid;
        gap: var(--space-4);
        max-width: 44rem;
      }
      dl {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: var(--space-1) var(--space-4);
        margin: 0;
      }
      dt {
        color: var(--text-quiet);
      }
      dd {
        margin: 0;
        overflow-wrap: anywhere;
      }
    `,
  ];

  @state() private settingPassword = false;

  constructor() {
    super();
    new StoreController(this, session);
  }

  protected override render() {
    const info = sessionInfo();
    if (info === undefined) return nothing;
    const { person, role, account, tags } = info;
    const isPerson = person.email !== undefined;
    return html`<header class="page-head"><h1>Profile</h1></header>
      <div class="all">
        <section class="card" aria-labelledby="you">
          <div class="card-head"><h2 id="you">You</h2></div>
          <div class="card-body">
            <dl>
              ${isPerson ? nothing : html`<dt>Name</dt><dd>${person.name}</dd>`}
              ${isPerson ? html`<dt>Email address</dt><dd>${person.email}</dd>` : nothing}
              <dt>Role</dt>
              <dd>${role}${tags ? ` on devices with the tags ${tags.join(", ")}` : ""}</dd>
              <dt>Account</dt>
              <dd>${account}</dd>
            </dl>
            ${isPerson ? nothing : html`<p class="quiet">You are signed in with a token. It has no password and no second factor.</p>`}
            ${info.needsPassword ? html`<button class="button primary" @click=${this.#setPassword}>Set a password</button>` : nothing}
            <a class="button" href=${paths.apiKeys}><fl-icon name="key"></fl-icon>API keys</a>
          </div>
        </section>
        ${
          isPerson
            ? html`<fl-names-card .person=${person}></fl-names-card>
              <fl-email-card .email=${person.email ?? ""}></fl-email-card>
              <fl-password-card></fl-password-card>
              <fl-passkeys-card></fl-passkeys-card>
              <fl-second-factor-card></fl-second-factor-card>
              <fl-open-ids-card></fl-open-ids-card>
              ${this.#signIns()}`
            : nothing
        }
        ${this.settingPassword ? html`<fl-first-password @closed=${this.#passwordSet}></fl-first-password>` : nothing}
      </div>`;
  }

  #signIns() {
    return html`<section class="card" aria-labelledby="sign-ins">
      <div class="card-head"><h2 id="sign-ins">Sign-ins</h2></div>
      <div class="card-body">
        <p class="quiet">Signs you out in every browser and program that you have signed in with. API keys stay.</p>
        <button class="button" @click=${this.#signOut}>Sign out everywhere</button>
      </div>
    </section>`;
  }

  readonly #setPassword = async (): Promise<void> => {
    await import("../../components/people/first-password.ts");
    this.settingPassword = true;
  };

  readonly #passwordSet = (): void => {
    this.settingPassword = false;
  };

  readonly #signOut = async (): Promise<void> => {
    const agreed = await confirm({
      heading: "Sign out everywhere?",
      body: "All your sign-ins end, this one included. API keys stay.",
      action: "Sign out everywhere",
      tone: "primary",
    });
    if (agreed) await signOutEverywhere().catch((error: unknown) => notifyError("You are still signed in", error));
  };
}
