import { css } from "lit";

/** Items of a list of authorities: what each is, and its buttons. */
export const authorityStyles = css`
  li {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2);
    padding: var(--space-3) var(--space-4);
  }
  li + li {
    border-top: 1px solid var(--border);
  }
  .about {
    display: grid;
    flex: 1 1 18rem;
    min-width: 0;
    overflow-wrap: anywhere;
  }
`;
