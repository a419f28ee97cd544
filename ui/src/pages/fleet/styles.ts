import { css } from "lit";

export const fleetStyles = css`
  :host {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-4);
    padding: var(--space-4) var(--space-5) var(--space-6);
  }
  .page-head {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: var(--space-3);
  }
  .card {
    border: 1px solid var(--border);
    border-radius: var(--radius-large);
    background: var(--surface);
    box-shadow: var(--shadow);
    overflow: clip;
  }
  fl-filter-bar {
    padding: var(--space-3) var(--space-3) 0;
  }
  .line {
    display: flex;
    align-items: center;
    gap: var(--space-3);
    min-height: 2.5rem;
    padding: 0 var(--space-4);
    color: var(--text-faint);
    font-size: var(--size-small);
    font-variant-numeric: tabular-nums;
  }
  .changed {
    border-color: var(--accent);
    color: var(--accent);
  }
  fl-error[inline] {
    margin: 0 var(--space-3) var(--space-3);
  }
  @media (max-width: 47.99rem) {
    :host {
      gap: var(--space-3);
      padding: var(--space-3) var(--space-3) var(--space-5);
    }
  }
`;
