import { css } from "lit";

export const importsStyles = css`
  li {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: center;
    gap: var(--space-2) var(--space-3);
    padding: var(--space-3) var(--space-4);
    border-top: 1px solid var(--border);
  }
  li > fl-meter,
  li > table,
  li > p {
    grid-column: 1 / -1;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: var(--space-2);
  }
  .quiet {
    color: var(--text-quiet);
  }
  table {
    width: 100%;
    border-collapse: collapse;
    text-align: left;
    overflow-wrap: anywhere;
  }
  th,
  td {
    padding: var(--space-1) var(--space-2) var(--space-1) 0;
    vertical-align: top;
  }
  th {
    white-space: nowrap;
  }
  /* A long id may be broken, but not letter by letter. */
  td:nth-child(-n + 3) {
    min-width: 5rem;
  }
  td:first-child {
    min-width: 2.5rem;
  }
  @media (max-width: 47.99rem) {
    li {
      grid-template-columns: minmax(0, 1fr);
    }
  }
`;
