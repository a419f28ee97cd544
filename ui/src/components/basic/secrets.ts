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

/** A secret with a button that copies it. @param focus whether the button gets the focus of its dialog */
export function secretText(text: string, what: string, focus = false) {
  return html`<div class="secret-text">
    <code>${text}</code><fl-copy wide ?autofocus=${focus} .text=${text} what=${what}></fl-copy>
  </div>`;
}
