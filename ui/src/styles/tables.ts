import { css } from "lit";

/**
 * A grid of rows of equal height that renders only the visible rows. A `.table` has a `.head` and a `.body`. Their rows
 * consist of spans, which `--template` places in columns. Each table defines its own layout for phones.
 */
export const tables = css`
  :host {
    display: block;
  }
  .table {
    outline-offset: -2px;
  }
  .head {
    position: sticky;
    top: 0;
    z-index: 2;
    border-bottom: 1px solid var(--border);
    background: var(--surface);
  }
  .body {
    position: relative;
    contain: layout style;
    overflow: clip;
  }
  .row {
    display: grid;
    grid-template-columns: var(--template);
    align-items: center;
    height: var(--row);
    border-bottom: 1px solid var(--border);
  }
  .body .row {
    position: absolute;
    inset: 0 0 auto;
    background: var(--surface);
    contain: strict;
  }
  .body .row:last-child {
    border-color: transparent;
  }
  .body [data-index] {
    cursor: pointer;
  }
  .body [data-index]:hover {
    background: var(--hover);
  }
  /* The row is marked even without focus, because the page's keys act on it. */
  .body .row.active {
    box-shadow: inset 3px 0 0 var(--focus);
    background: var(--hover);
  }
  .table:focus-visible .row.active {
    box-shadow:
      inset 3px 0 0 var(--focus),
      inset 0 0 0 1px var(--focus);
  }
  .head .row {
    height: 2.25rem;
    border: 0;
    color: var(--text-faint);
    font-size: var(--size-small);
    font-weight: 500;
  }
  @media (pointer: coarse) {
    .head .row {
      height: 2.5rem;
    }
  }
  .row > span {
    min-width: 0;
    padding-right: var(--space-3);
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .body .row > span {
    color: var(--text-quiet);
  }
  time {
    font-variant-numeric: tabular-nums;
  }
  .skeleton {
    display: block;
    width: 62%;
    height: 0.5rem;
    border-radius: var(--radius-small);
    background: var(--neutral-tint);
  }
  .stale .body {
    opacity: 0.6;
    /* The delay prevents flicker when the answer is quick. */
    transition: opacity 0s 200ms;
  }
  @media (max-width: 47.99rem) {
    .head,
    .row > span {
      display: none;
    }
    .body .row {
      align-content: center;
      padding-right: var(--space-3);
    }
  }
`;
