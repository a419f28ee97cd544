import { css } from "lit";

export const deviceTableStyles = css`
  .row {
    padding-right: var(--space-4);
  }
  .row[aria-selected="true"] {
    background: var(--selected) !important;
  }
  .row > .check {
    align-self: stretch;
    display: grid;
    place-items: center;
    padding: 0;
  }
  .check label {
    display: grid;
    place-items: center;
    width: 100%;
    height: 100%;
    cursor: pointer;
  }
  .id {
    color: var(--text);
    font-weight: 500;
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
  @media (pointer: coarse) {
    .head button {
      min-width: 2.5rem;
      height: 2.5rem;
    }
    a.id {
      display: block;
      line-height: 2.5rem;
      overflow: hidden;
      text-overflow: ellipsis;
    }
    .row > .id {
      padding-block: 0;
    }
  }
  .head button:hover,
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
    align-items: center;
    max-width: 100%;
    gap: 0.25rem;
    color: var(--text-faint);
    font-size: var(--size-small);
  }
  .tags > * {
    flex: none;
  }
  .tags > .tag:only-child {
    flex: 0 1 auto;
    min-width: 1.5rem;
  }
  .tag {
    padding: 0 0.375rem;
    border-radius: var(--radius-small);
    background: var(--neutral-tint);
    color: var(--neutral-text);
    line-height: 1.25rem;
    overflow: hidden;
    text-overflow: ellipsis;
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
    .body .row {
      grid-template: "check id status" 1.5rem "check name since" 1.25rem / 2.75rem minmax(0, 1fr) auto;
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
      padding-right: var(--space-3);
    }
    a.id {
      line-height: 1.5rem;
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
