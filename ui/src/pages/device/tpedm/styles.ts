import { css } from "lit";

export const consoleStyles = css`
  :host {
    display: block;
    min-width: 0;
  }
  form,
  .answer {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-3);
  }
  .call {
    display: grid;
    grid-template-columns: 7rem minmax(0, 1fr);
    gap: var(--space-3);
    align-items: start;
  }
  textarea,
  #path {
    font-family: var(--mono);
    font-size: var(--size-small);
  }
  .buttons,
  .line {
    display: flex;
    flex-wrap: wrap;
    gap: var(--space-2);
    align-items: center;
  }
  .line {
    min-width: 0;
  }
  .line code {
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .line .end {
    display: flex;
    gap: var(--space-1);
    margin-left: auto;
  }
  .expiry {
    width: 9rem;
  }
  .answer,
  section + section,
  ul {
    border-top: 1px solid var(--border);
  }
  .answer,
  h3 {
    padding: var(--space-3) var(--space-4);
  }
  h3 {
    border-top: 1px solid var(--border);
    font-size: var(--size-small);
  }
  li {
    padding: var(--space-2) var(--space-4);
  }
  li + li {
    border-top: 1px solid var(--border);
  }
  .failure,
  .source {
    overflow-wrap: anywhere;
  }
  [role="alert"]:empty {
    display: none;
  }
  @media (max-width: 30rem) {
    .call {
      grid-template-columns: minmax(0, 1fr);
    }
  }
`;
