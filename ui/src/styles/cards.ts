import { css } from "lit";

export const cards = css`
  .card {
    border: 1px solid var(--border);
    border-radius: var(--radius-large);
    background: var(--surface);
    box-shadow: var(--shadow);
  }
  .card-head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2) var(--space-3);
    min-height: 2.75rem;
    padding: var(--space-2) var(--space-4);
    border-bottom: 1px solid var(--border);
  }
  .card-head > .end {
    margin-left: auto;
  }
  @media (pointer: coarse) {
    .card-head > a,
    .card dd > a {
      display: inline-flex;
      align-items: center;
      min-width: var(--control);
      min-height: var(--control);
    }
  }
  .card-body {
    padding: var(--space-4);
  }
`;
