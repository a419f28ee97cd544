import { css, html, LitElement, nothing } from "lit";
import { property } from "lit/decorators.js";
import { CurrentInView } from "../../state/current-in-view.ts";
import { moreAtEdges } from "../../styles/more-at-edges.ts";
import { base } from "../../styles/shared.ts";

export interface Section {
  readonly path: string;
  readonly text: string;
  readonly shown?: () => boolean;
}

/** Links to pages that belong together. Where they do not fit, they scroll; the current one is always in view. */
export abstract class Sections extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      ul {
        display: flex;
        gap: var(--space-1);
        border-bottom: 1px solid var(--border);
        --behind: var(--canvas);
        background: ${moreAtEdges};
        overflow-x: auto;
        scrollbar-width: none;
      }
      a {
        display: flex;
        align-items: center;
        height: 2.5rem;
        padding: 0 var(--space-3);
        border-bottom: 2px solid transparent;
        color: var(--text-quiet);
        font-weight: 500;
        white-space: nowrap;
      }
      a:hover {
        color: var(--text);
        text-decoration: none;
      }
      a[aria-current] {
        border-color: var(--accent);
        color: var(--accent);
      }
      a:focus-visible {
        outline-offset: -2px;
      }
    `,
  ];

  /** Path of the current page. */
  @property() here = "";
  protected abstract readonly label: string;
  protected abstract readonly sections: readonly Section[];

  constructor() {
    super();
    new CurrentInView(this, () => this.renderRoot.querySelector("[aria-current]"));
  }

  protected override render() {
    return html`<nav aria-label=${this.label}>
      <ul>
        ${this.sections.map(({ path, text, shown }) =>
          shown?.() === false
            ? nothing
            : html`<li><a href=${path} aria-current=${path === this.here ? "page" : nothing}>${text}</a></li>`,
        )}
      </ul>
    </nav>`;
  }
}
