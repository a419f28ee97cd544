import { css } from "lit";

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
  /* Browsers indent legends by 2 px. */
  legend {
    padding: 0;
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
  input[type="file"] {
    padding: var(--space-1);
    color: var(--text-quiet);
    cursor: pointer;
  }
  ::file-selector-button {
    min-height: calc(var(--control) - 2 * var(--space-1) - 2px);
    margin: 0 var(--space-2) 0 0;
    padding: 0 var(--space-3);
    border: 1px solid var(--border-strong);
    border-radius: var(--radius-small);
    background: var(--surface);
    color: var(--text);
    font: 500 var(--size) / 1 var(--font);
    cursor: pointer;
  }
  ::file-selector-button:hover {
    background: var(--hover);
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
  @media not (pointer: coarse) {
    /* The baseline of a box is its lower edge; the middle of the first line is better. */
    .choices input {
      translate: 0 0.15rem;
    }
  }
`;
