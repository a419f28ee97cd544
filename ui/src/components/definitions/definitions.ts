import { css } from "lit";

export const definitions = css`
  .card {
    min-width: 0;
  }
  .definitions li {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-1) var(--space-3);
    padding: var(--space-3) var(--space-4);
  }
  .definitions li + li {
    border-top: 1px solid var(--border);
  }
  .definitions h2 {
    overflow-wrap: anywhere;
  }
  .definitions .about {
    flex: 1 1 14rem;
    min-width: 0;
    color: var(--text-quiet);
    overflow-wrap: anywhere;
  }
  .definitions .end {
    display: flex;
    gap: var(--space-2);
    margin-left: auto;
  }
  fl-error[inline] {
    margin: var(--space-3);
  }
`;

export const definitionFields = css`
  fl-dialog {
    --width: 40rem;
  }
  form {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-3);
  }
  textarea {
    font-family: var(--mono);
    font-size: var(--size-small);
  }
  .preview {
    display: grid;
    gap: var(--space-3);
    padding: var(--space-3);
    border: 1px dashed var(--border-strong);
    border-radius: var(--radius);
  }
`;

/** @throws SyntaxError if the text is neither JSON nor empty */
export function typedJson(text: string): unknown {
  return text.trim() === "" ? undefined : JSON.parse(text);
}

export function shownJson(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value, null, 2);
}
