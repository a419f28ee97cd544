import { css } from "lit";

export const timeControlStyles = css`
  :host {
    display: block;
    min-width: 0;
  }
  section {
    display: grid;
    gap: var(--space-2);
    padding: var(--space-3) var(--space-4);
    border: 1px solid var(--border);
    border-left: 3px solid var(--past-mark);
    border-radius: var(--radius-large);
    background: var(--surface);
    box-shadow: var(--shadow);
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2);
    min-width: 0;
  }
  h2 {
    font-size: var(--size);
  }
  .steps,
  .replay {
    display: flex;
    gap: var(--space-1);
  }
  .replay {
    align-items: center;
  }
  .steps .button {
    font-variant-numeric: tabular-nums;
  }
  .close {
    margin-left: auto;
  }
  .slide {
    flex: 1 1 16rem;
    display: grid;
    min-width: 0;
  }
  input[type="range"] {
    width: 100%;
    height: var(--control);
    margin: 0;
    accent-color: var(--past-mark);
    cursor: pointer;
  }
  .ends {
    display: flex;
    justify-content: space-between;
    gap: var(--space-3);
    color: var(--text-faint);
    font-size: var(--size-small);
    font-variant-numeric: tabular-nums;
  }
  select {
    width: auto !important;
    max-width: 100%;
  }
  .note {
    color: var(--text-quiet);
    font-size: var(--size-small);
    overflow-wrap: anywhere;
  }
  .note a {
    text-decoration: underline;
  }
  .fault {
    color: var(--danger-text);
  }
  @media (max-width: 47.99rem) {
    section {
      padding: var(--space-2) var(--space-3);
    }
    .steps {
      width: 100%;
    }
    .steps .button {
      flex: 1;
      padding: 0 var(--space-1);
    }
  }
`;
