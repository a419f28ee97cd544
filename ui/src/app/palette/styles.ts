import { css } from "lit";

export const paletteStyles = css`
  dialog {
    width: min(38rem, calc(100vw - 1.5rem));
    margin-top: min(14vh, 7rem);
    padding: 0;
    border: 1px solid var(--border-strong);
    border-radius: var(--radius-large);
    background: var(--raised);
    color: var(--text);
    box-shadow: var(--shadow-raised);
    overflow: hidden;
  }
  dialog::backdrop {
    background: var(--overlay);
  }
  .top {
    display: flex;
    align-items: center;
    gap: var(--space-3);
    padding: 0 var(--space-4);
    border-bottom: 1px solid var(--border);
    color: var(--text-faint);
  }
  .top input:not([type="checkbox"], [type="radio"]) {
    height: 3rem;
    padding: 0;
    border: 0;
    background: none;
    font-size: var(--size-large);
    outline: none;
  }
  #list {
    max-height: min(24rem, 55vh);
    padding: var(--space-2);
    overflow: auto;
    overscroll-behavior: contain;
  }
  #list:empty {
    display: none;
  }
  .group {
    padding: var(--space-2) var(--space-2) var(--space-1);
    color: var(--text-faint);
    font-size: var(--size-tiny);
    font-weight: 600;
  }
  .entry {
    display: flex;
    align-items: center;
    gap: var(--space-3);
    min-height: 2.125rem;
    padding: 0 var(--space-2);
    border-radius: var(--radius);
    cursor: pointer;
  }
  @media (pointer: coarse) {
    .entry {
      min-height: var(--control);
    }
  }
  .entry fl-icon {
    color: var(--text-faint);
  }
  .entry[aria-selected="true"] {
    background: var(--selected);
  }
  .detail {
    margin-left: auto;
    color: var(--text-quiet);
    font-size: var(--size-small);
  }
  .none {
    padding: var(--space-4);
    color: var(--text-quiet);
    text-align: center;
  }
  /* Ids often differ only at their end, so narrow screens show them whole. */
  @media (max-width: 47.99rem) {
    .entry {
      display: grid;
      grid-template-columns: auto minmax(0, 1fr);
      gap: 0 var(--space-3);
      padding: var(--space-1) var(--space-2);
      min-height: 2.75rem;
    }
    .entry .truncate {
      white-space: normal;
      overflow-wrap: anywhere;
    }
    .detail {
      grid-column: 2;
      margin: 0;
    }
    .detail:empty {
      display: none;
    }
  }
`;
