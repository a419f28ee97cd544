import { css } from "lit";

/** A list of Onboarding: the item on the left, its state on the right. */
export const onboardingList = css`
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
  li {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: var(--space-2) var(--space-4);
    padding: var(--space-3) var(--space-4);
    border-top: 1px solid var(--border);
  }
  h2 {
    font-size: var(--size);
  }
  .what {
    display: grid;
    align-content: start;
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
  .state {
    display: flex;
    flex-wrap: wrap;
    justify-content: end;
    align-content: start;
    align-items: center;
    gap: var(--space-2) var(--space-3);
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    grid-column: 1 / -1;
    gap: var(--space-2);
  }
  .more {
    padding: var(--space-3);
    border-top: 1px solid var(--border);
    text-align: center;
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
      justify-content: start;
    }
  }
`;
