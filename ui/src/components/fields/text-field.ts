import { html, nothing } from "lit";
import "../basic/spelled-time.ts";

export interface TextField {
  /** Id of the input. */
  readonly name: string;
  readonly label: string;
  readonly type?: string;
  readonly optional?: boolean;
  readonly value?: string;
  readonly min?: number | undefined;
  readonly hint?: string;
  /** Replaces the hint. */
  readonly fault: string | undefined;
}

/** A form's field for one line of text, with its hint or fault below. */
export function textField({
  name,
  label,
  type = "text",
  optional = false,
  value = "",
  min,
  hint = "",
  fault,
}: TextField) {
  const shownHint = type === "datetime-local" ? html`<fl-spelled-time for=${name}>${hint}</fl-spelled-time>` : hint;
  return html`<div class="field">
    <label for=${name}>${label}${optional ? html` <span class="faint">optional</span>` : nothing}</label>
    <input
      id=${name}
      type=${type}
      min=${min ?? nothing}
      autocomplete="off"
      autocapitalize="off"
      spellcheck="false"
      .defaultValue=${value}
      aria-invalid=${fault ? "true" : nothing}
      aria-describedby="${name}-note"
    />
    <p class=${fault ? "fault" : "hint"} id="${name}-note" ?hidden=${!fault && !hint}>${fault ?? shownHint}</p>
  </div>`;
}
