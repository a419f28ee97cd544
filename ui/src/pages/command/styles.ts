import { css } from "lit";

export const commandStyles = css`
  header {
    display: grid;
    gap: var(--space-2);
    min-width: 0;
    overflow-wrap: anywhere;
  }
  @media (pointer: coarse) {
    header a {
      display: inline-flex;
      align-items: center;
      min-height: 2.5rem;
    }
  }
  .columns {
    grid-template-columns: minmax(0, 1fr) minmax(18rem, 27.5rem);
  }
`;
