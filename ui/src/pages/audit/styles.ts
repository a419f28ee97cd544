import { css } from "lit";

export const auditStyles = css`
  li {
    display: grid;
    grid-template-columns: 6.5rem minmax(0, 1.2fr) minmax(0, 2fr) minmax(0, 1.2fr) minmax(0, 9rem);
    align-items: baseline;
    gap: var(--space-1) var(--space-3);
    padding: var(--space-2) var(--space-4);
    border-top: 1px solid var(--border);
    overflow-wrap: anywhere;
  }
  fl-time {
    color: var(--text-quiet);
  }
  .what {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 0 var(--space-2);
  }
  .link {
    padding: 0;
    text-align: left;
    overflow-wrap: anywhere;
  }
  @media (pointer: coarse) {
    .who a,
    .target a {
      display: inline-flex;
      align-items: center;
      min-width: var(--control);
      min-height: var(--control);
    }
  }
  .address {
    color: var(--text-quiet);
    font-size: var(--size-small);
  }
  .more {
    padding: var(--space-3);
    text-align: center;
  }
  @media (max-width: 60rem) {
    li {
      grid-template-columns: 6.5rem minmax(0, 1fr) auto;
    }
    .what {
      grid-column: 1 / -1;
      order: 1;
    }
    .target {
      grid-column: 1 / -1;
      order: 2;
    }
  }
`;
