import { css } from "lit";

export const schemaFormStyles = css`
  :host {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-3);
    min-width: 0;
    overflow-wrap: anywhere;
  }
  :host([bare]) {
    display: none;
  }
  .flag {
    display: flex;
    align-items: flex-start;
    gap: var(--space-2);
  }
  .flag input {
    flex: none;
    margin-top: 0.15rem;
  }
  .flag > span {
    font-weight: 500;
  }
  .flag .hint {
    font-weight: 400;
  }
  textarea {
    font-family: var(--mono);
    font-size: var(--size-small);
  }
  fieldset {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-3);
    min-width: 0;
    margin: 0;
    padding: 0 0 0 var(--space-3);
    border: 0;
    border-left: 2px solid var(--border-strong);
  }
  legend {
    padding: 0 0 var(--space-1);
    /* A legend is not a grid item; it lies on the border. */
    margin-left: calc(-1 * var(--space-3) - 2px);
  }
  .list {
    gap: var(--space-2);
  }
  .entry {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: start;
    gap: var(--space-1);
  }
  .entry > .field > label {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  .add {
    justify-self: start;
  }
`;
