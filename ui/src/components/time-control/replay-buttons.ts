import { html } from "lit";
import type { ReplayController } from "../../state/replay.ts";
import "../basic/icon.ts";

export const SPEEDS: readonly number[] = [1, 10, 60, 600, 3_600];

/** The next faster or slower speed of the list. */
export function otherSpeed(speed: number, by: 1 | -1): number {
  if (by > 0) return SPEEDS.find((one) => one > speed) ?? speed;
  return SPEEDS.findLast((one) => one < speed) ?? speed;
}

const asText = (speed: number): string => `${speed.toLocaleString()}×`;

/** Play and pause, the next event, and the speed. */
export function replayButtons(replay: ReplayController) {
  const { playing, speed } = replay;
  const speeds = SPEEDS.includes(speed) ? SPEEDS : [...SPEEDS, speed].sort((a, b) => a - b);
  return html`<div class="replay" role="group" aria-label="Replay">
    <button
      class="button small"
      aria-keyshortcuts="p"
      title=${playing ? "Stop here" : "Play what happened, from this moment on"}
      ?disabled=${replay.ended && !playing}
      @click=${() => replay.toggle()}
    >
      <fl-icon name=${playing ? "pause" : "play"}></fl-icon>${playing ? "Pause" : "Play"}
    </button>
    <button
      class="button small icon"
      aria-label="Next event"
      aria-keyshortcuts="n"
      title="To the next event"
      ?disabled=${replay.ended}
      @click=${() => replay.step()}
    >
      <fl-icon name="step"></fl-icon>
    </button>
    <select
      aria-label="Speed"
      aria-keyshortcuts="[ ]"
      @change=${(event: Event) => replay.setSpeed(Number((event.target as HTMLSelectElement).value))}
    >
      ${speeds.map((one) => html`<option value=${one} .selected=${one === speed}>${asText(one)}</option>`)}
    </select>
  </div>`;
}
