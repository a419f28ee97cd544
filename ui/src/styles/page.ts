import { css } from "lit";

/** Layout of every page. Its `.page-head` has the `h1`, and may have actions in an `.end`. */
export const pages = css`
  :host {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    align-content: start;
    gap: var(--space-4);
    min-width: 0;
    padding: var(--space-4) var(--space-5) var(--space-6);
  }
  h1 {
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .page-head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2) var(--space-3);
    min-height: var(--control);
  }
  .page-head > .end {
    display: flex;
    flex-wrap: wrap;
    gap: var(--space-2);
    margin-left: auto;
  }
  .columns {
    display: grid;
    align-items: start;
    gap: var(--space-4);
  }
  .loading {
    padding: var(--space-6);
    color: var(--text-faint);
    text-align: center;
  }
  @media (max-width: 67rem) {
    .columns {
      grid-template-columns: minmax(0, 1fr) !important;
    }
  }
  @media (max-width: 47.99rem) {
    :host {
      gap: var(--space-3);
      padding: var(--space-3) var(--space-3) var(--space-5);
    }
    .columns {
      gap: var(--space-3);
    }
  }
`;

/** A page with one long list in a card: filters, a `.line` with the count, and the table. */
export const listPages = css`
  .card {
    min-width: 0;
    overflow: clip;
  }
  .filters {
    padding: var(--space-3) var(--space-3) 0;
  }
  .line {
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: 0 var(--space-3);
    min-height: 2.5rem;
    padding: 0 var(--space-4);
    color: var(--text-faint);
    font-size: var(--size-small);
    font-variant-numeric: tabular-nums;
  }
  .link {
    padding: var(--space-1) 0;
    border: 0;
    background: none;
    color: var(--accent);
    font: inherit;
    cursor: pointer;
  }
  @media (pointer: coarse) {
    .link {
      min-width: 2.5rem;
      min-height: 2.5rem;
    }
  }
  .link:hover {
    text-decoration: underline;
    text-underline-offset: 2px;
  }
  .changed {
    border-color: var(--accent);
    color: var(--accent);
  }
  fl-error[inline] {
    margin: 0 var(--space-3) var(--space-3);
  }
`;
