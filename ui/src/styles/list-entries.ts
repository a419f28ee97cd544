import { css } from "lit";

/** Entries of a list in a card: `.about` has an `h2` with badges, and lines of text. */
export const listEntries = css`
  .about {
    display: grid;
    flex: 1 1 18rem;
    gap: var(--space-1);
    min-width: 0;
    overflow-wrap: anywhere;
  }
  h2 {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2);
    font-size: var(--size);
  }
`;
