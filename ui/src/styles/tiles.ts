import { css } from "lit";

/** A `button` that shows a count as a tile, with `.name` and `.figure`. It is pressed while the list has its filter. */
export const tiles = css`
  button {
    display: grid;
    border: 1px solid var(--border);
    border-radius: var(--radius-large);
    background: var(--surface);
    box-shadow: var(--shadow);
    color: inherit;
    font: inherit;
    text-align: left;
    cursor: pointer;
  }
  button:hover {
    border-color: var(--border-strong);
  }
  button[aria-pressed="true"] {
    border-color: var(--accent);
    background: var(--selected);
  }
  .name {
    color: var(--text-quiet);
    font-size: var(--size-small);
  }
  .figure {
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
`;
