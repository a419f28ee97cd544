import { css } from "lit";

export const sectionStyles = css`
  :host {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-3);
    min-width: 0;
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2) var(--space-3);
    color: var(--text-quiet);
    font-size: var(--size-small);
  }
  .bar > .end {
    margin-left: auto;
  }
  .rows > li {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-1) var(--space-3);
    padding: var(--space-2) 0;
    border-top: 1px solid var(--border);
    overflow-wrap: anywhere;
  }
  .rows > li > .end {
    margin-left: auto;
  }
  .wrong {
    color: var(--danger-text);
    overflow-wrap: anywhere;
  }
  form {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-3);
  }
  summary {
    width: fit-content;
    cursor: pointer;
    color: var(--text-quiet);
  }
  details > * + * {
    margin-top: var(--space-3);
  }
  pre {
    max-height: 20rem;
    padding: var(--space-2) var(--space-3);
    border-radius: var(--radius-small);
    background: var(--neutral-tint);
    overflow: auto;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
`;
