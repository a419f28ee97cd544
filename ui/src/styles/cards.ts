import { css } from "lit";

/** For an element that is one card. */
export const cardHost = css`
  :host {
    display: block;
    min-width: 0;
  }
`;

/** Places the contents of a card below each other. */
export const stacked = css`
  .card-body {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-3);
  }
`;

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
