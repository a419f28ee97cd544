import { html, nothing } from "lit";

/**
 * Why the past can't be shown.
 * @param historians how many run; undefined: not known yet
 * @param isSaid whether the page says already that no historian answers
 */
export function awayNote(historians: number | undefined, isSaid: boolean) {
  if (historians === 0)
    return html`<p class="note fault" id="note" role="alert">
      No historian runs, so the past can't be shown. <code>npm start</code> and the compose file start one; elsewhere start
      <code>services/history/src/main.ts</code> with a name of its own (<code>FLEETLOG_HISTORIAN_NAME</code>). The page
      continues by itself.
    </p>`;
  if (isSaid) return nothing;
  return html`<p class="note fault" id="note" role="alert">
    No historian answers at present. This page tries again by itself.
  </p>`;
}

/** Shown when the answer takes longer than usual. */
export function slowNote(live: () => void) {
  return html`<p class="note" id="note" role="status">
    Waiting for the historian, which has not answered yet.
    <button class="button small" @click=${live}>Back to now</button>
  </p>`;
}
