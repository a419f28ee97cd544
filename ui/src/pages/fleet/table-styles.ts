import { css } from "lit";

export const tableStyles = css`
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
    padding-right: var(--space-4);
    border-bottom: 1px solid var(--border);
  }
  .body .row {
    position: absolute;
    inset: 0 0 auto;
    background: var(--surface);
    cursor: pointer;
    contain: strict;
  }
  .body .row:hover {
    background: var(--hover);
  }
  .row[aria-selected="true"] {
    background: var(--selected) !important;
  }
  .table:focus-visible .row.active {
    box-shadow: inset 2px 0 0 var(--focus);
    background: var(--hover);
  }
  .head .row {
    height: 2.25rem;
    border: 0;
    color: var(--text-faint);
    font-size: var(--size-small);
    font-weight: 500;
  }
  .row > span {
    min-width: 0;
    padding-right: var(--space-3);
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .row > .check {
    align-self: stretch;
    display: grid;
    place-items: center;
    padding: 0;
  }
  input[type="checkbox"] {
    width: 0.9375rem;
    height: 0.9375rem;
    margin: 0;
    accent-color: var(--accent-fill);
  }
  .body .row > span {
    color: var(--text-quiet);
  }
  .id {
    color: var(--text);
    font-weight: 500;
  }
  time {
    font-variant-numeric: tabular-nums;
  }
  .head button {
    display: inline-flex;
    align-items: center;
    gap: 0.25rem;
    padding: 0;
    border: 0;
    background: none;
    color: inherit;
    font: inherit;
    cursor: pointer;
  }
  .head button:hover {
    color: var(--text);
  }
  .head [aria-sort="ascending"],
  .head [aria-sort="descending"] {
    color: var(--text);
  }
  .head fl-icon {
    font-size: 0.75rem;
  }
  .status {
    display: inline-flex;
    align-items: center;
    gap: 0.5rem;
    color: var(--neutral-text);
  }
  .status i {
    width: 0.5625rem;
    height: 0.5625rem;
    border-radius: 50%;
  }
  .status.connected i {
    background: var(--good-mark);
  }
  .status.disconnected {
    color: var(--warning-text);
  }
  .status.disconnected i {
    border: 2px solid var(--warning-mark);
  }
  .status.never-connected i {
    border: 2px dotted var(--info-mark);
  }
  .status.retired i {
    border-radius: 2px;
    background: var(--neutral-mark);
  }
  .tags {
    display: flex;
    max-width: 100%;
    overflow: hidden;
    gap: 0.25rem;
    color: var(--text-faint);
  }
  .tag {
    min-width: 1.5rem;
    padding: 0 0.375rem;
    border-radius: var(--radius-small);
    background: var(--neutral-tint);
    color: var(--neutral-text);
    font-size: var(--size-small);
    overflow: hidden;
    text-overflow: ellipsis;
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
    /* What answers quickly should not flicker. */
    transition: opacity 0s 200ms;
  }
  .fresh {
    animation: fresh 1.6s var(--ease);
  }
  @keyframes fresh {
    from {
      background: var(--info-tint);
    }
  }
  @media (max-width: 47.99rem) {
    .head {
      display: none;
    }
    .body .row {
      grid-template: "check id status" 1.5rem "check name since" 1.25rem / 2.75rem minmax(0, 1fr) auto;
      align-content: center;
      padding-right: var(--space-3);
    }
    .row > span {
      display: none;
    }
    .row > .check {
      display: grid;
      grid-area: check;
    }
    .row > .id,
    .row > .status,
    .row > .name,
    .row > .since {
      display: block;
    }
    .row > .id {
      grid-area: id;
    }
    .row > .status {
      grid-area: status;
    }
    .row > .name {
      grid-area: name;
      font-size: var(--size-small);
    }
    .row > .since {
      grid-area: since;
      font-size: var(--size-small);
      text-align: right;
    }
    .row > .status,
    .row > .since {
      padding: 0;
      text-align: right;
    }
    .status {
      font-size: var(--size-small);
    }
  }
`;
