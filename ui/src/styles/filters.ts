import { css } from "lit";

/** A row of filters. A `.text` holds an icon and a text field; `.on` marks an active filter. */
export const filterBars = css`
  :host {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2);
  }
  .text {
    position: relative;
    flex: 0 1 12rem;
    min-width: 8rem;
  }
  .text.wide {
    flex: 1 1 12rem;
    max-width: 22rem;
  }
  .text fl-icon {
    position: absolute;
    left: 0.625rem;
    top: calc(50% - 0.5rem);
    color: var(--text-faint);
    pointer-events: none;
  }
  .text input:not([type="checkbox"], [type="radio"]) {
    padding: 0 var(--space-2) 0 2rem;
  }
  .on:not([type="checkbox"], [type="radio"]) {
    border-color: var(--accent);
    background-color: var(--selected);
  }
  @media (max-width: 47.99rem) {
    .text,
    .text.wide {
      flex: 1 1 8rem;
      max-width: none;
    }
  }
`;
