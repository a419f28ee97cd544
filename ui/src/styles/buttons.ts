import { css } from "lit";

/** A `.button` is a button or a link. It may have the class `primary`, `danger`, `ghost`, `small` or `icon`, too. */
export const buttons = css`
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: var(--space-2);
    height: var(--control);
    padding: 0 var(--space-3);
    border: 1px solid var(--border-strong);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--text);
    font: 500 var(--size) / 1 var(--font);
    white-space: nowrap;
    cursor: pointer;
    transition:
      background var(--quick) var(--ease),
      border-color var(--quick) var(--ease);
  }
  .button:hover {
    background: var(--hover);
    text-decoration: none;
  }
  .button:disabled,
  .button[aria-disabled="true"] {
    opacity: 0.55;
    cursor: not-allowed;
  }
  .button.primary {
    border-color: transparent;
    background: var(--accent-fill);
    color: var(--on-accent);
  }
  .button.primary:hover:not(:disabled) {
    background: var(--accent-fill-hover);
  }
  .button.danger {
    border-color: transparent;
    background: var(--danger-fill);
    color: var(--on-accent);
  }
  .button.danger:hover:not(:disabled) {
    background: var(--danger-fill-hover);
  }
  .button.ghost {
    border-color: transparent;
    background: transparent;
    color: var(--text-quiet);
  }
  .button.ghost:hover {
    background: var(--hover);
    color: var(--text);
  }
  .button.small {
    height: calc(var(--control) - 0.25rem);
    padding: 0 var(--space-2);
    font-size: var(--size-small);
  }
  .button.icon {
    width: var(--control);
    padding: 0;
  }
  .button.small.icon {
    width: calc(var(--control) - 0.25rem);
  }
  .button[aria-pressed="true"] {
    border-color: var(--accent);
    background: var(--selected);
  }
  .button.icon {
    flex: none;
  }
  wa-dropdown {
    flex: none;
  }
  @media (pointer: coarse) {
    .button.small {
      height: var(--control);
      min-width: var(--control);
    }
    .button {
      /* With a minimum width, a full row could make a button narrower than its text. So buttons do not shrink. */
      min-width: var(--control);
      flex-shrink: 0;
    }
    wa-dropdown-item {
      min-height: var(--control);
    }
  }
`;
