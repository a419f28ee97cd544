import { css } from "lit";

/** Cards with names and values: a `dl` of facts. */
export const facts = css`
  :host {
    display: grid;
    align-content: start;
    gap: var(--space-4);
    min-width: 0;
  }
  dl {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    align-items: baseline;
    gap: var(--space-2) var(--space-4);
    padding: var(--space-4);
  }
  dt {
    color: var(--text-faint);
  }
  dd {
    min-width: 0;
    overflow-wrap: anywhere;
  }
`;
