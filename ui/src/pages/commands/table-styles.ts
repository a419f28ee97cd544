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
    grid-template-columns:
      7.25rem minmax(10rem, 1.5fr) minmax(9rem, 1.1fr) minmax(8rem, 1.3fr) minmax(5rem, 0.6fr)
      6rem 4.5rem;
    align-items: center;
    height: var(--row);
    padding: 0 var(--space-4);
    border-bottom: 1px solid var(--border);
  }
  .body .row {
    position: absolute;
    inset: 0 0 auto;
    background: var(--surface);
    contain: strict;
  }
  .body [data-index] {
    cursor: pointer;
  }
  .body [data-index]:hover {
    background: var(--hover);
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
  .body .row > span {
    color: var(--text-quiet);
  }
  .body .row > .state {
    display: flex;
    align-items: center;
  }
  .row > .took {
    padding: 0;
    text-align: right;
    font-variant-numeric: tabular-nums;
  }
  time {
    font-variant-numeric: tabular-nums;
  }
  .name a {
    color: var(--text);
    font-weight: 500;
  }
  .device a {
    color: inherit;
  }
  .params {
    color: var(--text-faint);
    font-size: var(--size-small);
  }
  .body .row > .outcome.failed {
    color: var(--danger-text);
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
  }
  @media (max-width: 70rem) {
    .row {
      grid-template-columns:
        7.25rem minmax(9rem, 1.5fr) minmax(8rem, 1.1fr) minmax(7rem, 1.2fr) minmax(4.5rem, 0.6fr)
        5.5rem;
    }
    .row > .took {
      display: none;
    }
  }
  @media (max-width: 47.99rem) {
    .head {
      display: none;
    }
    .body .row {
      grid-template: "name state" 1.5rem "device issued" 1.25rem / minmax(0, 1fr) auto;
      align-content: center;
      padding: 0 var(--space-3);
    }
    .row > span {
      display: none;
    }
    .row > .name {
      display: block;
      grid-area: name;
    }
    .body .row > .state {
      grid-area: state;
      justify-self: end;
      padding: 0;
      font-size: var(--size-small);
    }
    .row > .device {
      display: block;
      grid-area: device;
      font-size: var(--size-small);
    }
    .row > .issued {
      display: block;
      grid-area: issued;
      padding: 0;
      font-size: var(--size-small);
      text-align: right;
    }
  }
`;
