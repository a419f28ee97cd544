import { html } from "lit";
import "./notice.ts";

/** Shown in place of a page of the history, for `mayReadHistory`. */
export function notForRole(heading: string) {
  return html`<fl-empty alone icon="ban" heading=${heading}>
    Analysts, operators, owners and administrators may read the history.
  </fl-empty>`;
}
