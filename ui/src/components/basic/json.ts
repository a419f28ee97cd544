import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { base } from "../../styles/shared.ts";
import { bytes } from "../text/numbers.ts";
import "./copy.ts";

// Strings (a name if a colon follows), numbers, and literals (RFC 8259, 3).
const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;

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
      .more {
        color: var(--text-faint);
        font-style: italic;
      }
      .word {
        color: var(--warning-text);
      }
    `,
  ];

  @property({ attribute: false }) value: unknown;
  @property() what = "JSON";

  protected override render() {
    const { text, more } = pretty(this.value);
    return html`<pre tabindex="0" aria-label=${this.what}>${coloured(text)}${more > 0 ? html`<span class="more">… and ${bytes(more)} more; Copy has all of it.</span>` : nothing}</pre>
      <fl-copy .text=${() => JSON.stringify(this.value, null, 2)} what=${this.what}></fl-copy>`;
  }
}

/** Values from devices may be of any size; browsers take seconds to draw more than this. */
const MAX_CHARS = 50_000;
/** Longer values are not indented: indentation makes deeply nested values many times as long. */
const MAX_INDENTED = 20_000;

export function pretty(value: unknown): { readonly text: string; readonly more: number } {
  const plain = JSON.stringify(value) ?? "";
  const text = plain.length <= MAX_INDENTED ? (JSON.stringify(value, null, 2) ?? "") : plain;
  return { text: text.slice(0, MAX_CHARS), more: Math.max(0, text.length - MAX_CHARS) };
}

const MAX_TOKENS = 3_000;

function coloured(text: string) {
  const parts: unknown[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    if (parts.length > 2 * MAX_TOKENS) break;
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
