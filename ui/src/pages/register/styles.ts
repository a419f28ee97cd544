import { css } from "lit";

export const registerStyles = css`
  .with-steps {
    display: grid;
    grid-template-columns: minmax(0, 36rem) minmax(14rem, 22rem);
    align-items: start;
    gap: var(--space-5) var(--space-6);
  }
  aside {
    display: grid;
    gap: var(--space-4);
    padding-top: var(--space-5);
  }
  aside ol {
    display: grid;
    gap: var(--space-4);
    counter-reset: step;
  }
  aside li {
    position: relative;
    display: grid;
    min-height: 1.75rem;
    padding-left: 2.5rem;
    color: var(--text-quiet);
    counter-increment: step;
  }
  aside li::before {
    content: counter(step);
    position: absolute;
    display: grid;
    place-items: center;
    width: 1.75rem;
    height: 1.75rem;
    border-radius: 50%;
    background: var(--selected);
    color: var(--accent);
    font-weight: 600;
  }
  aside strong {
    color: var(--text);
    font-weight: 600;
  }
  .page-head {
    align-items: start;
  }
  /* Script focuses the heading for screen readers; it is not a control. */
  h1:focus-visible {
    outline: none;
  }
  .columns {
    display: grid;
    grid-template-columns: minmax(20rem, 26rem) minmax(0, 1fr);
  }
  .side {
    display: grid;
    gap: var(--space-4);
    min-width: 0;
  }
  @media (max-width: 67rem) {
    .with-steps {
      grid-template-columns: minmax(0, 1fr);
    }
  }
  @media (max-width: 47.99rem) {
    .side {
      gap: var(--space-3);
    }
    .page-head > .end {
      margin-left: 0;
    }
  }
`;
