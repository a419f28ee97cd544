import { css } from "lit";

export const commandsStyles = css`
  :host {
    display: grid;
    align-content: start;
    gap: var(--space-4);
    min-width: 0;
    padding: var(--space-4) var(--space-5) var(--space-6);
  }
  .page-head {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: var(--space-3);
    min-height: var(--control);
  }
  .card {
    min-width: 0;
    overflow: clip;
  }
  fl-command-filter-bar {
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
  .end-of-it {
    padding: var(--space-3);
    color: var(--text-faint);
    font-size: var(--size-small);
    text-align: center;
  }
  @media (max-width: 47.99rem) {
    :host {
      gap: var(--space-3);
      padding: var(--space-3) var(--space-3) var(--space-5);
    }
  }
`;
