import { css } from "lit";

/** Styles that differ from `onboardingList`. */
export const provisionRequestsStyles = css`
  .filters .on {
    border-color: var(--accent);
    background-color: var(--selected);
  }
  li {
    gap: var(--space-1) var(--space-4);
  }
  .why {
    color: var(--danger-text);
    font-size: var(--size-small);
  }
  .state {
    display: grid;
    justify-items: end;
    align-items: normal;
    justify-content: normal;
    gap: var(--space-1);
  }
  .state .facts {
    justify-content: end;
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
    .state {
      grid-auto-flow: column;
      justify-content: start;
      align-items: center;
    }
  }
`;
