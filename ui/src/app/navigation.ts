import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { pages } from "../pages/index.ts";
import { accounts } from "../state/accounts.ts";
import { CurrentInView } from "../state/current-in-view.ts";
import { StoreController } from "../state/store.ts";
import { base } from "../styles/shared.ts";
import "../components/basic/icon.ts";

@customElement("fl-navigation")
export class Navigation extends LitElement {
  static override styles = [
    base,
    css`
      ul {
        display: grid;
        gap: 2px;
      }
      a {
        display: flex;
        align-items: center;
        gap: var(--space-3);
        height: 2.125rem;
        padding: 0 var(--space-3);
        border-radius: var(--radius);
        color: var(--text-quiet);
        font-weight: 500;
      }
      @media (pointer: coarse) {
        a {
          height: 2.75rem;
        }
      }
      a:hover {
        background: var(--hover);
        color: var(--text);
        text-decoration: none;
      }
      a[aria-current] {
        background: var(--selected);
        color: var(--accent);
      }
      fl-icon {
        font-size: 1.0625rem;
      }
      @media (max-width: 47.99rem) {
        /* If the entries do not fit, the bar scrolls. At any width the last visible entry is cut in half, which shows
           that there are more. */
        nav {
          overflow: auto hidden;
          scrollbar-width: none;
        }
        ul {
          grid-auto-flow: column;
          grid-auto-columns: minmax(calc(100% / 6.5 - 2px), 1fr);
          width: 100%;
        }
        a {
          flex-direction: column;
          justify-content: center;
          gap: 2px;
          height: 3.25rem;
          padding: 0;
          font-size: var(--size-tiny);
        }
        a[aria-current] {
          background: none;
        }
      }
      @media (max-width: 29.99rem) {
        ul {
          grid-auto-columns: minmax(calc(100% / 5.5 - 2px), 1fr);
        }
      }
    `,
  ];

  @property() path = "";

  constructor() {
    super();
    new StoreController(this, accounts);
    new CurrentInView(this, () => this.renderRoot.querySelector("[aria-current]"));
  }

  protected override render() {
    return html`<nav aria-label="Main">
      <ul>
        ${pages.map(({ path, navigation }) => {
          if (navigation === undefined || navigation.shown?.() === false) return nothing;
          const here = this.path === path || this.path.startsWith(`${path}/`);
          return html`<li>
            <a href=${path} aria-current=${here ? (this.path === path ? "page" : "true") : nothing}>
              <fl-icon .name=${navigation.icon}></fl-icon>${navigation.text}
            </a>
          </li>`;
        })}
      </ul>
    </nav>`;
  }
}
