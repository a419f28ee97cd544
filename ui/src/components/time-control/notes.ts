import { html, nothing } from "lit";
import type { Moment } from "../../data/history.ts";
import { inLocalZone } from "../text/times.ts";

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

export function playingNote(speed: number) {
  return html`<p class="note" id="note">
    Playing what happened, ${speed === 1 ? "at the original speed" : `at ${speed.toLocaleString()} times the speed`}.
  </p>`;
}

/**
 * Which moment the page shows.
 * @param moment undefined until the page has its answer
 * @param since address of what has changed since then; undefined in the present
 */
export function momentNote(moment: Moment | undefined, since: string | undefined) {
  if (moment === undefined || since === undefined)
    return html`<p class="note" id="note">Choose a time: the page then shows everything as it was.</p>`;
  return html`<p class="note" id="note">
    After event <span class="number">#${moment.seq}</span> of ${inLocalZone(new Date(moment.at))}.
    <a href=${since}>What changed since then</a>
  </p>`;
}
