import { css } from "lit";

export const boardStyles = css`
  :host {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    align-content: start;
    gap: var(--space-2);
    min-width: 0;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2);
  }
  .answer {
    min-height: 1.25rem;
    overflow-wrap: anywhere;
  }
`;
