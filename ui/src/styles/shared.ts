import { css } from "lit";

/** Base styles of every component's shadow root. */
export const base = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  h1,
  h2,
  h3,
  p,
  dl,
  dd,
  ul,
  ol,
  pre,
  figure {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  h1 {
    font-size: var(--size-title);
    font-weight: 600;
    letter-spacing: -0.015em;
    line-height: 1.3;
  }
  h2 {
    font-size: var(--size-large);
    font-weight: 600;
    letter-spacing: -0.01em;
    line-height: 1.35;
  }
  h3 {
    font-size: var(--size);
    font-weight: 600;
  }
  a {
    color: var(--accent);
    text-decoration: none;
  }
  a:hover {
    text-decoration: underline;
    text-underline-offset: 2px;
  }
  :focus-visible {
    outline: 2px solid var(--focus);
    outline-offset: 2px;
    border-radius: var(--radius-small);
  }
  code,
  pre,
  .mono {
    font-family: var(--mono);
    font-size: 0.94em;
  }
  .number {
    font-variant-numeric: tabular-nums;
  }
  .quiet {
    color: var(--text-quiet);
  }
  .faint {
    color: var(--text-faint);
  }
  .truncate {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  kbd {
    display: inline-block;
    min-width: 1.5em;
    padding: 0 0.35em;
    border: 1px solid var(--border-strong);
    border-bottom-width: 2px;
    border-radius: var(--radius-small);
    background: var(--surface);
    color: var(--text-quiet);
    font: 500 var(--size-tiny) / 1.5 var(--font);
    text-align: center;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation-duration: 0.01ms !important;
      animation-iteration-count: 1 !important;
      transition-duration: 0.01ms !important;
    }
  }
`;

/** A `.button` is a button or a link. It may have the class `primary`, `danger`, `ghost`, `small` or `icon`, too. */
export const buttons = css`
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: var(--space-2);
    height: var(--control);
    padding: 0 var(--space-3);
    border: 1px solid var(--border-strong);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--text);
    font: 500 var(--size) / 1 var(--font);
    white-space: nowrap;
    cursor: pointer;
    transition:
      background var(--quick) var(--ease),
      border-color var(--quick) var(--ease);
  }
  .button:hover {
    background: var(--hover);
    text-decoration: none;
  }
  .button:disabled,
  .button[aria-disabled="true"] {
    opacity: 0.55;
    cursor: not-allowed;
  }
  .button.primary {
    border-color: transparent;
    background: var(--accent-fill);
    color: var(--on-accent);
  }
  .button.primary:hover:not(:disabled) {
    background: var(--accent-fill-hover);
  }
  .button.danger {
    border-color: transparent;
    background: var(--danger-fill);
    color: var(--on-accent);
  }
  .button.danger:hover:not(:disabled) {
    background: var(--danger-fill-hover);
  }
  .button.ghost {
    border-color: transparent;
    background: transparent;
    color: var(--text-quiet);
  }
  .button.ghost:hover {
    background: var(--hover);
    color: var(--text);
  }
  .button.small {
    height: calc(var(--control) - 0.25rem);
    padding: 0 var(--space-2);
    font-size: var(--size-small);
  }
  .button.icon {
    width: var(--control);
    padding: 0;
  }
  .button.small.icon {
    width: calc(var(--control) - 0.25rem);
  }
  .button[aria-pressed="true"] {
    border-color: var(--accent);
    background: var(--selected);
  }
  .button.icon {
    flex: none;
  }
  wa-dropdown {
    flex: none;
  }
  @media (pointer: coarse) {
    .button.small {
      height: var(--control);
      min-width: var(--control);
    }
    .button {
      min-width: var(--control);
    }
    wa-dropdown-item {
      min-height: var(--control);
    }
  }
`;

/** Check boxes and radio buttons. In the dark theme, browsers would draw them grey, as if disabled. */
export const checks = css`
  input[type="checkbox"],
  input[type="radio"] {
    flex: none;
    width: 1rem;
    height: 1rem;
    margin: 0;
    border: 1px solid var(--control-border);
    border-radius: var(--radius-small);
    background: var(--surface) no-repeat center / 100%;
    appearance: none;
    cursor: pointer;
  }
  input[type="radio"] {
    border-radius: 50%;
  }
  input[type="checkbox"]:hover,
  input[type="radio"]:hover {
    border-color: var(--accent);
  }
  input:is([type="checkbox"], [type="radio"]):checked,
  input[type="checkbox"]:indeterminate {
    border-color: var(--accent-fill);
    background-color: var(--accent-fill);
  }
  input[type="checkbox"]:checked {
    background-image: url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='none' stroke='white' stroke-width='2.25' stroke-linecap='round' stroke-linejoin='round'%3E%3Cpath d='m3.75 8.5 2.75 2.75 5.75-6'/%3E%3C/svg%3E");
  }
  input[type="checkbox"]:indeterminate {
    background-image: url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='none' stroke='white' stroke-width='2.25' stroke-linecap='round'%3E%3Cpath d='M4.25 8h7.5'/%3E%3C/svg%3E");
  }
  input[type="radio"]:checked {
    background-image: url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='white'%3E%3Ccircle cx='8' cy='8' r='3.5'/%3E%3C/svg%3E");
  }
  @media (forced-colors: active) {
    input[type="checkbox"],
    input[type="radio"] {
      appearance: auto;
    }
  }
`;

/**
 * Fields: a `label.field` holds a `span` with the name, the control, and `.hint` or `.fault`. `.failure` concerns the
 * whole form.
 */
export const fields = css`
  ${checks}
  .field {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-1);
    font-size: var(--size);
  }
  .field > span:first-child,
  legend {
    font-weight: 500;
  }
  input:not([type="checkbox"], [type="radio"]),
  textarea,
  select {
    width: 100%;
    min-height: var(--control);
    padding: 0 var(--space-3);
    border: 1px solid var(--control-border);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--text);
    font: 400 var(--size) / 1.5 var(--font);
  }
  select {
    padding-right: 1.75rem;
    appearance: none;
    background: var(--surface) url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='none' stroke='%2378839a' stroke-width='1.75' stroke-linecap='round' stroke-linejoin='round'%3E%3Cpath d='m4.5 6.5 3.5 3.5 3.5-3.5'/%3E%3C/svg%3E") no-repeat right 0.5rem center / 1rem;
    text-overflow: ellipsis;
    cursor: pointer;
  }
  textarea {
    padding: var(--space-2) var(--space-3);
    resize: vertical;
  }
  input::placeholder,
  textarea::placeholder {
    color: var(--text-faint);
    opacity: 1;
  }
  input:placeholder-shown {
    text-overflow: ellipsis;
  }
  input:focus-visible,
  textarea:focus-visible,
  select:focus-visible {
    outline-offset: 0;
    border-radius: var(--radius);
  }
  [aria-invalid="true"] {
    border-color: var(--danger-mark) !important;
  }
  .hint {
    color: var(--text-faint);
    font-size: var(--size-small);
  }
  .fault {
    color: var(--danger-text);
    font-size: var(--size-small);
  }
  @media (pointer: coarse) {
    summary,
    label:has(input[type="checkbox"], input[type="radio"]) {
      display: flex;
      align-items: center;
      min-width: var(--control);
      min-height: var(--control);
    }
    summary::before {
      content: "▸";
      width: 1.25rem;
    }
    [open] > summary::before {
      content: "▾";
    }
  }
  .failure {
    display: flex;
    gap: var(--space-2);
    padding: var(--space-2) var(--space-3);
    border-radius: var(--radius);
    background: var(--danger-tint);
    color: var(--danger-text);
    overflow-wrap: anywhere;
  }
  .failure fl-icon {
    margin-top: 0.15rem;
  }
  @media (pointer: coarse) {
    /* Phones zoom into a focused field whose font is smaller than 16 px. */
    input:not([type="checkbox"], [type="radio"]),
    textarea,
    select {
      font-size: 1rem;
    }
  }
`;

/** A group of radio buttons: `fieldset.choices` with a `legend`, and a `label` for each. */
export const choices = css`
  .choices {
    display: grid;
    gap: var(--space-2);
    min-width: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  .choices label {
    display: flex;
    align-items: baseline;
    gap: var(--space-2);
  }
`;

/** A device's tag, as text or as a link to the devices with this tag. */
export const tags = css`
  .tag {
    display: inline-block;
    max-width: 100%;
    padding: 0 0.5rem;
    border-radius: var(--radius-small);
    background: var(--neutral-tint);
    color: var(--neutral-text);
    font-size: var(--size-small);
    line-height: 1.375rem;
    overflow-wrap: anywhere;
  }
  @media (pointer: coarse) {
    /* A transparent border enlarges the touch target. */
    a.tag {
      min-width: var(--control);
      border-block: 0.5625rem solid transparent;
      border-radius: calc(var(--radius-small) + 0.5625rem);
      background-clip: padding-box;
      text-align: center;
    }
  }
`;

export const cards = css`
  .card {
    border: 1px solid var(--border);
    border-radius: var(--radius-large);
    background: var(--surface);
    box-shadow: var(--shadow);
  }
  .card-head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2) var(--space-3);
    min-height: 2.75rem;
    padding: var(--space-2) var(--space-4);
    border-bottom: 1px solid var(--border);
  }
  .card-head > .end {
    margin-left: auto;
  }
  @media (pointer: coarse) {
    .card-head > a,
    .card dd > a {
      display: inline-flex;
      align-items: center;
      min-width: var(--control);
      min-height: var(--control);
    }
  }
  .card-body {
    padding: var(--space-4);
  }
`;
