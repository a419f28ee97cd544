import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { base } from "../styles/shared.ts";
import "./copy.ts";

// Strings (names if a colon follows), numbers, and literals (RFC 8259, 3).
const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;

/** Formatted JSON with a copy button. */
@customElement("fl-json")
export class Json extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        position: relative;
        display: block;
        border: 1px solid var(--border);
        border-radius: var(--radius);
        background: var(--sunken);
      }
      pre {
        max-height: var(--max-height, 24rem);
        padding: var(--space-3);
        overflow: auto;
        color: var(--text-quiet);
        font-size: var(--size-small);
        line-height: 1.6;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      fl-copy {
        position: absolute;
        top: var(--space-1);
        right: var(--space-1);
      }
      .name {
        color: var(--text);
      }
      .string {
        color: var(--good-text);
      }
      .number {
        color: var(--info-text);
      }
      .word {
        color: var(--warning-text);
      }
    `,
  ];

  @property({ attribute: false }) value: unknown;
  @property() what = "JSON";

  protected override render() {
    const text = JSON.stringify(this.value, null, 2) ?? "";
    return html`<pre tabindex="0" aria-label=${this.what}>${coloured(text)}</pre>
      <fl-copy .text=${text} what=${this.what}></fl-copy>`;
  }
}

function coloured(text: string) {
  const parts: unknown[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    const [whole, string, colon, number] = match;
    parts.push(text.slice(end, match.index));
    end = match.index + whole.length;
    const look = string === undefined ? (number === undefined ? "word" : "number") : colon ? "name" : "string";
    parts.push(html`<span class=${look}>${string ?? whole}</span>${colon ?? ""}`);
  }
  return [...parts, text.slice(end)];
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-json": Json;
  }
}
