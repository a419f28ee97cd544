import { css } from "lit";

export const trialCardStyles = css`
  :host {
    display: block;
    min-width: 0;
  }
  .card-body {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    justify-items: start;
    gap: var(--space-3);
  }
  .card-body > fl-meter,
  .card-body > dl,
  .card-body > fl-query-result,
  .scroll {
    justify-self: stretch;
  }
  .meaning {
    display: grid;
    gap: var(--space-1);
  }
  dl {
    display: flex;
    flex-wrap: wrap;
    gap: var(--space-2) var(--space-5);
  }
  dt {
    color: var(--text-quiet);
    font-size: var(--size-small);
  }
  dd {
    font-size: 1.125rem;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  .scroll {
    overflow-x: auto;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  th,
  td {
    padding: var(--space-1) var(--space-3) var(--space-1) 0;
    border-bottom: 1px solid var(--border);
    text-align: left;
    white-space: nowrap;
  }
  th {
    color: var(--text-faint);
    font-size: var(--size-small);
    font-weight: 500;
  }
  td fl-badge {
    vertical-align: middle;
  }
  .fault {
    color: var(--danger-text);
  }
  .limits {
    display: grid;
    gap: var(--space-1);
    margin-top: var(--space-2);
    padding-left: var(--space-4);
    color: var(--text-quiet);
    list-style: disc;
  }
  summary {
    width: fit-content;
    color: var(--text-quiet);
    cursor: pointer;
  }
  @media (pointer: coarse) {
    summary {
      min-height: var(--control);
      align-content: center;
    }
    td a {
      display: inline-flex;
      align-items: center;
      min-width: var(--control);
      min-height: var(--control);
    }
  }
`;
