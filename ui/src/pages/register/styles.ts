import { css } from "lit";

export const registerStyles = css`
  :host {
    display: grid;
    align-content: start;
    gap: var(--space-4);
    min-width: 0;
    padding: var(--space-4) var(--space-5) var(--space-6);
  }
  .narrow {
    display: grid;
    gap: var(--space-4);
    width: 100%;
    max-width: 36rem;
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: start;
    gap: var(--space-2) var(--space-4);
  }
  h1 {
    overflow-wrap: anywhere;
    outline: none;
  }
  .end {
    display: flex;
    gap: var(--space-2);
    margin-left: auto;
  }
  .tag {
    display: inline-block;
    padding: 0 0.5rem;
    border-radius: var(--radius-small);
    background: var(--neutral-tint);
    color: var(--neutral-text);
    font-size: var(--size-small);
    line-height: 1.375rem;
  }
  .columns {
    display: grid;
    grid-template-columns: minmax(20rem, 26rem) minmax(0, 1fr);
    align-items: start;
    gap: var(--space-4);
  }
  .side {
    display: grid;
    gap: var(--space-4);
    min-width: 0;
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
    .side,
    .columns {
      gap: var(--space-3);
    }
    .end {
      margin-left: 0;
    }
  }
`;
