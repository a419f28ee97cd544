import { css } from "lit";

export const chainStyles = css`
  :host {
    display: block;
  }
  ol {
    padding: var(--space-4);
  }
  li {
    position: relative;
    display: grid;
    grid-template-columns: 1.75rem minmax(0, 1fr) auto;
    align-items: start;
    gap: 0 var(--space-3);
    padding-bottom: var(--space-5);
  }
  li:last-child {
    padding-bottom: 0;
  }
  li:not(:last-child)::before {
    content: "";
    position: absolute;
    left: calc(0.875rem - 1px);
    top: 1.75rem;
    bottom: 0;
    border-left: 2px solid var(--border-strong);
  }
  li:has(+ .waiting)::before {
    border-left-style: dashed;
  }
  .mark {
    display: grid;
    place-items: center;
    width: 1.75rem;
    height: 1.75rem;
    border-radius: 50%;
    background: var(--neutral-tint);
    color: var(--neutral-mark);
  }
  .mark fl-icon {
    font-size: 0.9375rem;
  }
  .mark.info {
    background: var(--info-tint);
    color: var(--info-mark);
  }
  .mark.good {
    background: var(--good-tint);
    color: var(--good-mark);
  }
  .mark.danger {
    background: var(--danger-tint);
    color: var(--danger-mark);
  }
  .mark.warning {
    background: var(--warning-tint);
    color: var(--warning-mark);
  }
  .waiting .mark {
    border: 2px dashed var(--border-strong);
    background: none;
    color: var(--info-mark);
  }
  .after {
    grid-column: 2 / -1;
    justify-self: start;
    margin: var(--space-3) 0 calc(-1 * var(--space-2));
    padding: 0 0.5rem;
    border-radius: var(--radius-full);
    background: var(--neutral-tint);
    color: var(--neutral-text);
    font-size: var(--size-small);
    font-variant-numeric: tabular-nums;
    line-height: 1.25rem;
  }
  .what {
    display: grid;
    gap: 1px;
    min-width: 0;
    padding-top: 0.25rem;
    overflow-wrap: anywhere;
  }
  strong {
    font-weight: 600;
  }
  small {
    color: var(--text-faint);
    font-size: var(--size-small);
  }
  .gap {
    align-items: center;
  }
  .gap .button {
    justify-self: start;
  }
  .raw {
    grid-column: 2 / -1;
    margin-top: var(--space-2);
  }
`;
