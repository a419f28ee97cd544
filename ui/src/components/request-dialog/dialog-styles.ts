import { css } from "lit";

export const requestDialogStyles = css`
  fl-dialog {
    --width: 42rem;
  }
  form,
  fieldset {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-3);
  }
  fieldset {
    min-width: 0;
    margin: 0;
    padding: var(--space-3);
    border: 1px solid var(--border);
    border-radius: var(--radius);
  }
  legend {
    padding: 0 var(--space-1);
  }
  .pair {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 14rem), 1fr));
    align-items: start;
    gap: var(--space-3);
  }
  .check {
    display: flex;
    align-items: baseline;
    gap: var(--space-2);
  }
  textarea {
    font-family: var(--mono);
    font-size: var(--size-small);
  }
`;
