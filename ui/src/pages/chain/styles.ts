import { css } from "lit";

export const chainPageStyles = css`
  .card-body {
    display: grid;
    gap: var(--space-3);
  }
  .note {
    padding: var(--space-2) var(--space-3);
    border-radius: var(--radius);
    background: var(--info-tint);
    color: var(--info-text);
  }
  /* A line leads from a cause down to its effects, with a branch to each. */
  li {
    position: relative;
    min-width: 0;
  }
  li > ol {
    margin-left: 0.625rem;
    padding-left: 1.25rem;
  }
  li > ol > li::before {
    content: "";
    position: absolute;
    left: -1.25rem;
    top: 0;
    bottom: 0;
    border-left: 2px solid var(--border-strong);
  }
  li > ol > li:last-child::before {
    bottom: auto;
    height: 1.25rem;
  }
  li > ol > li::after {
    content: "";
    position: absolute;
    left: -1.25rem;
    top: 1.25rem;
    width: 1rem;
    border-top: 2px solid var(--border-strong);
  }
  /* A single effect is not indented, so that long chains of causes stay readable. */
  li > ol.only {
    margin-left: 0;
    padding-left: 0;
  }
  ol.only > li::before,
  ol.only > li::after {
    content: none !important;
  }
  /* From a node down to its effects. */
  li:has(> ol) > .node::after {
    content: "";
    position: absolute;
    left: 0.625rem;
    top: 1.875rem;
    bottom: 0;
    border-left: 2px solid var(--border-strong);
  }
  li:has(> ol.only) > .node::after {
    bottom: -0.5rem;
  }
  .node {
    position: relative;
    display: grid;
    grid-template-columns: 1.25rem minmax(0, 1fr);
    gap: 0 var(--space-2);
    padding: var(--space-2) 0;
    overflow-wrap: anywhere;
  }
  .node > fl-icon {
    z-index: 1;
    margin-top: 0.125rem;
    padding: 1px;
    border-radius: 50%;
    background: var(--surface);
    color: var(--text-quiet);
    font-size: 1.125rem;
  }
  .start > .text > strong {
    color: var(--accent);
  }
  .text {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 0 var(--space-3);
    min-width: 0;
  }
  strong {
    font-weight: 600;
  }
  small {
    flex: 1 0 100%;
    color: var(--text-faint);
    font-size: var(--size-small);
  }
  @media (pointer: coarse) {
    .node > fl-icon {
      margin-top: 0.6875rem;
    }
    li > ol > li::after {
      top: 1.75rem;
    }
    li > ol > li:last-child::before {
      height: 1.75rem;
    }
    li:has(> ol) > .node::after {
      top: 2.5rem;
    }
    li:has(> ol.only) > .node::after {
      bottom: -1.1875rem;
    }
    .text a {
      display: inline-flex;
      align-items: center;
      min-width: var(--control);
      min-height: var(--control);
    }
  }
`;
