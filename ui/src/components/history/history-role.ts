import { html } from "lit";
import "../basic/notice.ts";

/** Shown instead of a page of the history to people who may not read it. */
export function notForRole(heading: string) {
  return html`<fl-empty alone icon="ban" heading=${heading}>
    Analysts, operators, owners and administrators may read the history.
  </fl-empty>`;
}
