import { css } from "lit";

export const sqlStyles = css`
  .columns {
    grid-template-columns: minmax(0, 1fr) 20rem;
  }
  .work,
  .aside {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    align-content: start;
    gap: var(--space-3);
    min-width: 0;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2);
  }
  /* Within a text, a colour alone does not mark a link. */
  p a {
    text-decoration: underline;
    text-underline-offset: 2px;
  }
  .keys {
    font-size: var(--size-small);
    font-weight: 400;
  }
  .link {
    padding: var(--space-1) 0;
    border: 0;
    background: none;
    color: var(--accent);
    font: inherit;
    text-align: left;
    cursor: pointer;
  }
  .link:hover {
    text-decoration: underline;
  }
  @media (pointer: coarse) {
    .keys,
    kbd {
      display: none;
    }
    .link {
      min-width: var(--control);
      min-height: var(--control);
    }
  }
`;
