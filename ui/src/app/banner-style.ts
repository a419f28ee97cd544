import { css } from "lit";

/** A `.banner` over the whole width, with a small `.button`. */
export const banner = css`
  .banner {
    display: flex;
    align-items: center;
    justify-content: center;
    min-height: 2.25rem;
    padding: var(--space-1) var(--space-4);
    font-weight: 500;
  }
  .button {
    height: 1.75rem;
  }
`;
