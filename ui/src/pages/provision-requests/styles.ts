import { css } from "lit";

export const provisionRequestsStyles = css`
  .filters {
    display: flex;
    flex-wrap: wrap;
    gap: var(--space-2);
  }
  .filters select {
    flex: 0 1 11rem;
    width: auto;
  }
  .filters input[type="search"] {
    flex: 1 1 14rem;
    width: auto;
    max-width: 24rem;
  }
  .filters .on {
    border-color: var(--accent);
    background-color: var(--selected);
  }
  li {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: var(--space-1) var(--space-4);
    padding: var(--space-3) var(--space-4);
    border-top: 1px solid var(--border);
  }
  h2 {
    font-size: var(--size);
  }
  .what {
    display: grid;
    gap: 2px;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .facts {
    display: flex;
    flex-wrap: wrap;
    gap: 0 var(--space-3);
    color: var(--text-quiet);
    font-size: var(--size-small);
  }
  .why {
    color: var(--danger-text);
    font-size: var(--size-small);
  }
  .state {
    display: grid;
    justify-items: end;
    align-content: start;
    gap: var(--space-1);
  }
  .state .facts {
    justify-content: end;
  }
  .more {
    padding: var(--space-3);
    border-top: 1px solid var(--border);
    text-align: center;
  }
  @media (pointer: coarse) {
    h2 a {
      display: inline-flex;
      align-items: center;
      min-width: var(--control);
      min-height: var(--control);
    }
  }
  @media (max-width: 47.99rem) {
    .filters > * {
      flex: 1 1 100% !important;
      max-width: none !important;
    }
    li {
      grid-template-columns: minmax(0, 1fr);
    }
    .state {
      grid-auto-flow: column;
      justify-content: start;
      align-items: center;
    }
  }
`;
