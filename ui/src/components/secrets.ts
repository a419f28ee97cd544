import { css, html } from "lit";
import "./copy.ts";

export const secretTextStyles = css`
  .secret-text {
    display: flex;
    align-items: center;
    gap: var(--space-3);
    padding: var(--space-2) var(--space-2) var(--space-2) var(--space-3);
    border: 1px solid var(--border);
    border-radius: var(--radius);
    background: var(--sunken);
  }
  .secret-text code {
    flex: 1;
    min-width: 0;
    overflow-wrap: anywhere;
  }
`;

export function secretText(text: string, what: string) {
  return html`<div class="secret-text"><code>${text}</code><fl-copy wide .text=${text} what=${what}></fl-copy></div>`;
}
