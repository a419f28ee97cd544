import { css } from "lit";

export const bulkStyles = css`
  progress {
    appearance: none;
    width: 100%;
    height: 0.5rem;
    border: 0;
    border-radius: var(--radius-full);
    background: var(--neutral-tint);
    overflow: hidden;
  }
  progress::-webkit-progress-bar {
    background: var(--neutral-tint);
  }
  /* Separate rules: a browser drops a whole list of selectors because of an unknown selector. */
  progress::-webkit-progress-value {
    border-radius: var(--radius-full);
    background: var(--accent-fill);
  }
  progress::-moz-progress-bar {
    border-radius: var(--radius-full);
    background: var(--accent-fill);
  }
  .progress {
    display: grid;
    gap: var(--space-2);
  }
  .failures {
    display: grid;
    gap: var(--space-1);
    max-height: 14rem;
    padding: var(--space-3);
    border-radius: var(--radius);
    background: var(--danger-tint);
    color: var(--danger-text);
    overflow: auto;
    overflow-wrap: anywhere;
  }
  .hint a {
    text-decoration: underline;
    text-underline-offset: 2px;
  }
  .out {
    display: flex;
    gap: var(--space-2);
    color: var(--warning-text);
  }
  .out fl-icon {
    flex: none;
    margin-top: 0.125rem;
    color: var(--warning-mark);
  }
  summary {
    width: fit-content;
    color: var(--text-quiet);
    cursor: pointer;
  }
  .which ul {
    max-height: 10rem;
    padding: var(--space-2) var(--space-3);
    border: 1px solid var(--border);
    border-radius: var(--radius);
    margin-top: var(--space-2);
    overflow: auto;
    overflow-wrap: anywhere;
  }
  .choice {
    display: flex;
    gap: var(--space-4);
    padding: 0;
    border: 0;
    margin: 0;
  }
  .choice label {
    display: flex;
    align-items: center;
    gap: var(--space-2);
  }
`;
