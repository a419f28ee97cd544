import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { base } from "../../styles/shared.ts";
import "./copy.ts";

@customElement("fl-snippet")
export class Snippet extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        gap: var(--space-1);
        min-width: 0;
      }
      .head {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: var(--space-3);
      }
      .says {
        color: var(--text-quiet);
      }
      pre {
        max-height: 34rem;
        padding: var(--space-3);
        border: 1px solid var(--border);
        border-radius: var(--radius);
        background: var(--sunken);
        overflow: auto;
        font-size: var(--size-small);
        line-height: 1.6;
        tab-size: 2;
      }
      :host([wrap]) pre {
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property() says = "";
  @property() code = "";
  /** Breaks long lines, such as a command with a URL, instead of scrolling them. */
  @property({ type: Boolean, reflect: true }) wrap = false;

  protected override render() {
    const code = this.code.trimEnd();
    return html`<div class="head">
        <span class="says">${this.says}</span>
        <fl-copy wide .text=${this.code} what="code"></fl-copy>
      </div>
      <pre tabindex="0" aria-label=${this.says}><code>${code}</code></pre>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-snippet": Snippet;
  }
}
