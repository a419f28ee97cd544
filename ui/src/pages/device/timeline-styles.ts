import { css } from "lit";

export const timelineStyles = css`
  :host {
    display: block;
    min-width: 0;
  }
  .filters {
    display: flex;
    flex-wrap: wrap;
    gap: var(--space-1);
  }
  .day {
    position: sticky;
    top: 0;
    z-index: 1;
    padding: var(--space-2) var(--space-4) var(--space-1);
    background: var(--surface);
    color: var(--text-faint);
    font-size: var(--size-small);
    font-weight: 500;
  }
  .event {
    display: grid;
    grid-template-columns: 1rem minmax(0, 1fr) auto auto;
    align-items: start;
    gap: 0 var(--space-3);
    padding: 0.3125rem var(--space-3) 0.3125rem var(--space-4);
  }
  .event:hover {
    background: var(--hover);
  }
  .event > fl-icon {
    margin-top: 0.1875rem;
  }
  .good {
    color: var(--good-mark);
  }
  .warning {
    color: var(--warning-mark);
  }
  .danger {
    color: var(--danger-mark);
  }
  .info {
    color: var(--info-mark);
  }
  .neutral {
    color: var(--neutral-mark);
  }
  .what {
    display: flex;
    flex-wrap: wrap;
    gap: 0 var(--space-2);
    min-width: 0;
    overflow-wrap: anywhere;
    line-height: 1.375rem;
  }
  .title {
    color: var(--text);
    font-weight: 500;
  }
  a.title {
    text-decoration: underline;
    text-decoration-color: var(--border-strong);
    text-underline-offset: 3px;
  }
  .detail {
    min-width: 0;
    color: var(--text-quiet);
  }
  fl-time {
    color: var(--text-faint);
    font-size: var(--size-small);
    font-variant-numeric: tabular-nums;
    line-height: 1.375rem;
    white-space: nowrap;
  }
  .event .button {
    width: 1.375rem;
    height: 1.375rem;
  }
  @media (pointer: coarse) {
    .event {
      align-items: center;
      padding-block: 0;
    }
    .event > fl-icon {
      margin-top: 0;
    }
    .event .button {
      width: var(--control);
      height: var(--control);
    }
    a.title,
    .raw a {
      display: inline-flex;
      align-items: center;
      min-width: var(--control);
      min-height: var(--control);
    }
    .what {
      align-items: center;
    }
  }
  .raw {
    display: grid;
    grid-column: 2 / -1;
    justify-items: start;
    gap: var(--space-2);
    min-width: 0;
    margin: var(--space-2) 0;
  }
  .raw fl-json {
    justify-self: stretch;
    min-width: 0;
  }
  /* The button for new events lies over the list, so that rows do not move. */
  .fresh {
    position: sticky;
    top: var(--space-2);
    z-index: 2;
    display: block;
    width: fit-content;
    height: var(--control);
    padding: 0 var(--space-4);
    border: 1px solid var(--accent);
    border-radius: var(--radius-full);
    margin: var(--space-2) auto calc(-1 * var(--control) - var(--space-2));
    background: var(--raised);
    box-shadow: var(--shadow-raised);
    color: var(--accent);
    font: 500 var(--size) / 1.4 var(--font);
    cursor: pointer;
  }
  .more,
  .loading,
  .end-of-it {
    display: grid;
    justify-content: center;
    padding: var(--space-3);
    color: var(--text-faint);
    font-size: var(--size-small);
  }
`;
