import { css } from "lit";

export const gatewaysStyles = css`
  .page-head {
    align-items: baseline;
  }
  .concerns {
    display: grid;
    gap: var(--space-2);
  }
  .concern {
    display: flex;
    gap: var(--space-3);
    padding: var(--space-3) var(--space-4);
    border: 1px solid var(--mark);
    border-radius: var(--radius-large);
    background: var(--tint);
    color: var(--ink);
  }
  .concern fl-icon {
    margin-top: 0.1rem;
    color: var(--mark);
  }
  .concern.danger {
    --mark: var(--danger-mark);
    --tint: var(--danger-tint);
    --ink: var(--danger-text);
  }
  .concern.warning {
    --mark: var(--warning-mark);
    --tint: var(--warning-tint);
    --ink: var(--warning-text);
  }
  .concern strong {
    font-weight: 600;
  }
  .nodes {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr));
    align-items: start;
    gap: var(--space-4);
  }
  .below {
    display: grid;
    grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
    align-items: start;
    gap: var(--space-4);
  }
  .gone li {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-1) var(--space-3);
    padding: var(--space-2) var(--space-4);
    overflow-wrap: anywhere;
  }
  .gone li + li {
    border-top: 1px solid var(--border);
  }
  .gone .end {
    margin-left: auto;
  }
  @media (max-width: 60rem) {
    .below {
      grid-template-columns: minmax(0, 1fr);
    }
  }
`;
