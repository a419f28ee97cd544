import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { chosen } from "../components/menu.ts";
import type { SessionInfo } from "../data/session.ts";
import { connection } from "../state/connection.ts";
import { signOut } from "../state/session.ts";
import { StoreController } from "../state/store.ts";
import { THEMES, type Theme, theme } from "../state/theme.ts";
import { sayError } from "../state/toasts.ts";
import { base, buttons } from "../styles/shared.ts";
import "../components/icon.ts";

const THEME_NAMES = { light: "Light", dark: "Dark", auto: "As the system" } as const;
const THEME_ICONS = { light: "light", dark: "dark", auto: "monitor" } as const;
const MOD = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";

/** Search, live state, theme and who is signed in. Events: `palette`, `help`. */
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

  @property({ attribute: false }) info!: SessionInfo;
  readonly #theme = new StoreController(this, theme);
  readonly #connection = new StoreController(this, connection);

  protected override render() {
    const live = this.#connection.value.state === "open";
    return html`<button class="button search" @click=${() => this.dispatchEvent(new Event("palette"))} aria-keyshortcuts="Control+K">
        <fl-icon name="search"></fl-icon><span class="truncate">Find a device or an action</span><kbd>${MOD} K</kbd>
      </button>
      <span class="space"></span>
      <span class="live ${live ? "" : "off"}" title=${live ? "Changes appear as they happen" : "Changes do not arrive at the moment"}>
        <span>${live ? "Live" : "Not live"}</span>
      </span>
      ${this.#themeMenu()} ${this.#accountMenu()}`;
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

  #accountMenu() {
    const { operator, version, gateway } = this.info;
    return html`<wa-dropdown placement="bottom-end" @wa-select=${this.#chooseAccount}>
      <button slot="trigger" class="button ghost icon" aria-label="Signed in as ${operator.name}" title=${operator.name}>
        <fl-icon name="user"></fl-icon>
      </button>
      <div class="who">
        <strong>${operator.name}</strong>
        <span class="quiet">${operator.role}${operator.id === operator.name ? nothing : html` · ${operator.id}`}</span>
        <span class="faint">Fleetlog ${version} on ${gateway}</span>
      </div>
      <wa-dropdown-item value="help">Keyboard shortcuts</wa-dropdown-item>
      <wa-dropdown-item value="sign-out">Sign out</wa-dropdown-item>
    </wa-dropdown>`;
  }

  readonly #chooseTheme = (event: CustomEvent<{ item: { value: string } }>): void => {
    theme.set(chosen(event) as Theme);
  };

  readonly #chooseAccount = (event: CustomEvent<{ item: { value: string } }>): void => {
    if (chosen(event) === "help") this.dispatchEvent(new Event("help"));
    else signOut().catch((error: unknown) => sayError("You are still signed in", error));
  };
}
