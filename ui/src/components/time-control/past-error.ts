import { html } from "lit";
import type { ApiError } from "../../data/problem.ts";
import { goTo } from "../../state/past.ts";
import { explained } from "../basic/notice.ts";
import "../basic/notice.ts";

/** Why a page can't show a moment of the past, with the way back to the present. */
export function pastError(error: ApiError, retry: () => void) {
  const back = html`<button slot="action" class="button primary" @click=${() => goTo(undefined)}>Back to now</button>`;
  // Another attempt would give the same answer.
  if (error.field === "at")
    return html`<fl-empty alone icon="history" heading="There is no such moment">${explained(error)} ${back}</fl-empty>`;
  return html`<fl-error alone .error=${error} @retry=${retry}>${back}</fl-error>`;
}
