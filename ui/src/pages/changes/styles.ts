import { css } from "lit";

export const changesStyles = css`
  .chips {
    display: flex;
    flex-wrap: wrap;
    gap: var(--space-2);
    padding: var(--space-3) var(--space-3) 0;
  }
  .chips .button {
    max-width: 100%;
    height: auto;
    min-height: calc(var(--control) - 0.25rem);
    line-height: 1.25;
    white-space: normal;
    text-align: left;
    overflow-wrap: anywhere;
  }
  .chips .number {
    color: var(--text-quiet);
  }
  .chips fl-icon {
    color: var(--text-faint);
  }
  .line .button {
    margin-left: auto;
  }
  .line .button + .button {
    margin-left: 0;
  }
  .items > li {
    display: grid;
    grid-template-columns: minmax(0, 1.1fr) minmax(0, 1.2fr) minmax(0, 2fr) minmax(0, 1.4fr);
    align-items: baseline;
    gap: var(--space-1) var(--space-3);
    padding: var(--space-2) var(--space-4);
    border-top: 1px solid var(--border);
    overflow-wrap: anywhere;
  }
  .items .link {
    padding: 0;
    text-align: left;
    overflow-wrap: anywhere;
  }
  @media (pointer: coarse) {
    .chips .button {
      min-height: var(--control);
    }
    .device,
    .event a {
      display: inline-flex;
      align-items: center;
      min-width: var(--control);
      min-height: var(--control);
    }
    summary {
      min-height: var(--control);
      align-content: center;
    }
  }
  .values fl-icon {
    margin: 0 var(--space-1);
    color: var(--text-faint);
    font-size: 0.8125rem;
    vertical-align: -0.1em;
  }
  .before {
    color: var(--text-quiet);
  }
  .cause {
    color: var(--text-quiet);
  }
  .cause fl-icon {
    color: var(--text-faint);
    font-size: 0.875rem;
    vertical-align: -0.1em;
  }
  details {
    grid-column: 1 / -1;
    color: var(--text-quiet);
    font-size: var(--size-small);
  }
  summary {
    width: fit-content;
    cursor: pointer;
  }
  .events {
    display: grid;
    gap: var(--space-1);
    margin: var(--space-1) 0 var(--space-2);
    padding-left: var(--space-4);
  }
  .event {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 0 var(--space-3);
  }
  .whole {
    display: grid;
    gap: var(--space-2);
    margin: var(--space-2) 0;
  }
  .pages {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: var(--space-2);
    padding: var(--space-3);
    border-top: 1px solid var(--border);
  }
  @media (max-width: 60rem) {
    .items > li {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
    }
    .values,
    .cause {
      grid-column: 1 / -1;
    }
  }
`;
