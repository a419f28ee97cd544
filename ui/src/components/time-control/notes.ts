import { html } from "lit";

/**
 * Why the past can't be shown.
 * @param historians how many run; undefined: not known yet
 */
export function awayNote(historians: number | undefined) {
  if (historians !== 0)
    return html`<p class="note fault" id="note" role="alert">
      No historian answers at present. This page tries again by itself.
    </p>`;
  return html`<p class="note fault" id="note" role="alert">
    No historian runs, so the past can't be shown. <code>npm start</code> and the compose file start one; elsewhere start
    <code>services/history/src/main.ts</code> with a name of its own (<code>FLEETLOG_HISTORIAN_NAME</code>). The page
    continues by itself.
  </p>`;
}
