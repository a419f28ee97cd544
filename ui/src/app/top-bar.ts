import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { chosen } from "../components/basic/menu.ts";
import type { SessionInfo } from "../data/session.ts";
import { connection, log, views } from "../state/connection.ts";
import { navigate } from "../state/location.ts";
import { past } from "../state/past.ts";
import { paths } from "../state/paths.ts";
import { hasRole, signOut } from "../state/session.ts";
import { StoreController } from "../state/store.ts";
import { THEMES, type Theme, theme } from "../state/theme.ts";
import { notifyError } from "../state/toasts.ts";
import { base, buttons } from "../styles/shared.ts";
import "../components/basic/icon.ts";

const THEME_NAMES = { light: "Light", dark: "Dark", auto: "System" } as const;
const THEME_ICONS = { light: "light", dark: "dark", auto: "monitor" } as const;
const MOD = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";

/** Search, live state, theme and user menu. Events: `palette`, `help`. */
@customElement("fl-top-bar")
export class TopBar extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        height: 3.25rem;
        padding: 0 var(--space-4);
        border-bottom: 1px solid var(--border);
        background: var(--surface);
      }
      .search {
        flex: 0 1 24rem;
        justify-content: flex-start;
        min-width: 0;
        border-color: var(--border-strong);
        background: var(--canvas);
        color: var(--text-faint);
        font-weight: 400;
      }
      .search kbd {
        margin-left: auto;
      }
      .space {
        flex: 1;
      }
      .live {
        display: inline-flex;
        align-items: center;
        gap: 0.375rem;
        padding: 0 var(--space-2);
        color: var(--text-quiet);
        font-size: var(--size-small);
      }
      .live::before {
        content: "";
        width: 0.5rem;
        height: 0.5rem;
        border-radius: 50%;
        background: var(--good-mark);
      }
      .live.off::before {
        border: 2px solid var(--warning-mark);
        background: none;
      }
      wa-dropdown {
        font-size: var(--size);
      }
      .who {
        display: grid;
        padding: var(--space-2) var(--space-3);
      }
      .who strong {
        font-weight: 600;
      }
      @media (max-width: 47.99rem) {
        :host {
          padding: 0 var(--space-3);
        }
        .search kbd,
        .live span {
          display: none;
        }
        .search {
          flex: 1;
        }
        .space {
          display: none;
        }
      }
    `,
  ];

  @property({ attribute: false }) info: SessionInfo | undefined;
  readonly #theme = new StoreController(this, theme);
  readonly #connection = new StoreController(this, connection);
  readonly #log = new StoreController(this, log);
  readonly #views = new StoreController(this, views);
  readonly #past = new StoreController(this, past);

  protected override render() {
    const { info } = this;
    return html`<button
        class="button search"
        ?disabled=${info === undefined}
        @click=${() => this.dispatchEvent(new Event("palette"))}
        aria-keyshortcuts="Control+K"
      >
        <fl-icon name="search"></fl-icon><span class="truncate">Find a device or an action</span><kbd>${MOD} K</kbd>
      </button>
      <span class="space"></span>
      ${this.#live()}
      ${this.#themeMenu()} ${info ? this.#accountMenu(info) : nothing}`;
  }

  #live() {
    const [text, title] = this.#liveText();
    return html`<span class="live ${text === "Live" ? "" : "off"}" title=${title}><span>${text}</span></span>`;
  }

  #liveText(): readonly [text: string, title: string] {
    if (this.#past.value !== undefined) return ["Past", "The page shows the past, which does not change"];
    const logState = this.#log.value.state;
    if (this.#connection.value.state !== "open") return ["Not live", "Changes do not arrive at present"];
    if (logState !== "ready")
      return [logState === "full" ? "Log full" : "Log unavailable", "Nothing new is recorded at present"];
    if (this.#views.value.state !== "current") return ["Not current", "The views do not follow the log at present"];
    return ["Live", "Changes appear as they happen"];
  }

  #themeMenu() {
    const now = this.#theme.value;
    return html`<wa-dropdown placement="bottom-end" @wa-select=${this.#chooseTheme}>
      <button slot="trigger" class="button ghost icon" aria-label="Theme: ${THEME_NAMES[now]}" title="Theme">
        <fl-icon .name=${THEME_ICONS[now]}></fl-icon>
      </button>
      ${THEMES.map(
        (one) =>
          html`<wa-dropdown-item value=${one} type="checkbox" .checked=${one === now}>${THEME_NAMES[one]}</wa-dropdown-item>`,
      )}
    </wa-dropdown>`;
  }

  #accountMenu({ operator, version, gateway }: SessionInfo) {
    return html`<wa-dropdown placement="bottom-end" @wa-select=${this.#chooseAccount}>
      <button slot="trigger" class="button ghost icon" aria-label="Signed in as ${operator.name}" title=${operator.name}>
        <fl-icon name="user"></fl-icon>
      </button>
      <div class="who">
        <strong>${operator.name}</strong>
        <span class="quiet">${operator.role}${operator.id === operator.name ? nothing : html` · ${operator.id}`}</span>
        <span class="faint">Fleetlog ${version} on ${gateway}</span>
      </div>
      <wa-dropdown-item value="profile">Profile</wa-dropdown-item>
      <wa-dropdown-item value="api-keys">API keys</wa-dropdown-item>
      ${
        hasRole("owner", "admin")
          ? html`<wa-dropdown-item value="authorities">Certificate authorities</wa-dropdown-item>`
          : nothing
      }
      <wa-dropdown-item value="help">Keyboard shortcuts</wa-dropdown-item>
      <wa-dropdown-item value="sign-out">Sign out</wa-dropdown-item>
    </wa-dropdown>`;
  }

  readonly #chooseTheme = (event: CustomEvent<{ item: { value: string } }>): void => {
    theme.set(chosen(event) as Theme);
  };

  readonly #chooseAccount = (event: CustomEvent<{ item: { value: string } }>): void => {
    const what = chosen(event);
    if (what === "profile") navigate(paths.profile);
    else if (what === "api-keys") navigate(paths.apiKeys);
    else if (what === "authorities") navigate(paths.certificateAuthorities);
    else if (what === "help") this.dispatchEvent(new Event("help"));
    else signOut().catch((error: unknown) => notifyError("You are still signed in", error));
  };
}
