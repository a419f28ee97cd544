import { css } from "lit";

export const commandStyles = css`
  :host {
    display: grid;
    align-content: start;
    gap: var(--space-4);
    min-width: 0;
    padding: var(--space-4) var(--space-5) var(--space-6);
  }
  .head {
    display: grid;
    gap: var(--space-2);
  }
  .back {
    display: inline-flex;
    align-items: center;
    gap: var(--space-1);
    width: fit-content;
    color: var(--text-quiet);
    font-size: var(--size-small);
  }
  .top {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2) var(--space-3);
  }
  h1 {
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .end {
    display: flex;
    gap: var(--space-2);
    margin-left: auto;
  }
  .columns {
    display: grid;
    grid-template-columns: minmax(0, 1fr) minmax(18rem, 27.5rem);
    align-items: start;
    gap: var(--space-4);
  }
  .loading {
    padding: var(--space-6);
    color: var(--text-faint);
    text-align: center;
  }
  @media (max-width: 67rem) {
    .columns {
      grid-template-columns: minmax(0, 1fr);
    }
  }
  @media (max-width: 47.99rem) {
    :host {
      gap: var(--space-3);
      padding: var(--space-3) var(--space-3) var(--space-5);
    }
  }
`;
