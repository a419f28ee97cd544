import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { CurrentInView } from "../../state/current-in-view.ts";
import { moreAtEdges } from "../../styles/more-at-edges.ts";
import { base } from "../../styles/shared.ts";

export interface Tab {
  readonly key: string;
  readonly title: string;
}

/**
 * Tabs above one slotted panel, whose content the owner renders. Arrows, Home and End move (WAI-ARIA, tabs pattern).
 * Event `select`: the key of the chosen tab.
 */
@customElement("fl-tabs")
export class Tabs extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      [role="tablist"] {
        display: flex;
        gap: var(--space-1);
        border-bottom: 1px solid var(--border);
        --behind: var(--surface);
        background: ${moreAtEdges};
        overflow-x: auto;
        scrollbar-width: none;
      }
      button {
        flex: none;
        height: 2.5rem;
        padding: 0 var(--space-3);
        border: 0;
        border-bottom: 2px solid transparent;
        background: none;
        color: var(--text-quiet);
        font: 500 var(--size) / 1 var(--font);
        cursor: pointer;
      }
      button:hover {
        color: var(--text);
      }
      button[aria-selected="true"] {
        border-color: var(--accent);
        color: var(--accent);
      }
      button:focus-visible {
        outline-offset: -2px;
      }
      @media (max-width: 47.99rem) {
        button {
          padding: 0 var(--space-2);
        }
      }
      [role="tabpanel"] {
        padding-top: var(--space-4);
      }
    `,
  ];

  @property({ attribute: false }) tabs: readonly Tab[] = [];
  @property() selected = "";
  @property() label = "";

  constructor() {
    super();
    new CurrentInView(this, () => this.renderRoot.querySelector("[aria-selected=true]"));
  }

  protected override render() {
    return html`<div role="tablist" aria-label=${this.label} @keydown=${this.#key}>
        ${this.tabs.map(
          ({ key, title }) => html`<button
            id="tab-${key}"
            type="button"
            role="tab"
            aria-selected=${key === this.selected}
            aria-controls="panel"
            tabindex=${key === this.selected ? 0 : -1}
            @click=${() => this.#select(key)}
          >
            ${title}
          </button>`,
        )}
      </div>
      <div id="panel" role="tabpanel" aria-labelledby="tab-${this.selected}"><slot></slot></div>`;
  }

  readonly #key = (event: KeyboardEvent): void => {
    const at = this.tabs.findIndex(({ key }) => key === this.selected);
    const last = this.tabs.length - 1;
    const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[
      event.key
    ];
    const tab = to === undefined ? undefined : this.tabs[to];
    if (tab === undefined) return;
    event.preventDefault();
    this.#select(tab.key);
    this.renderRoot.querySelector<HTMLElement>(`#tab-${tab.key}`)?.focus();
  };

  #select(key: string): void {
    this.dispatchEvent(new CustomEvent("select", { detail: key }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-tabs": Tabs;
  }
}
