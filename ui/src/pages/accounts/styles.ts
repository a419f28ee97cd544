import { css } from "lit";

export const accountsStyles = css`
  li {
    display: grid;
    grid-template-columns: minmax(10rem, 2fr) minmax(6rem, 1fr) minmax(0, 3fr) auto;
    align-items: center;
    gap: var(--space-1) var(--space-4);
    padding: var(--space-3) var(--space-4);
  }
  li + li {
    border-top: 1px solid var(--border);
  }
  .what {
    display: grid;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  h2 {
    font-size: var(--size);
  }
  code {
    color: var(--text-faint);
  }
  @media (max-width: 47.99rem) {
    li {
      grid-template-columns: minmax(0, 1fr) auto;
    }
    .limits {
      grid-row: 2;
    }
    .button {
      justify-self: end;
    }
  }
`;
