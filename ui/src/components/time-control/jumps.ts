import { html, nothing } from "lit";
import type { FleetSummary } from "../../data/devices.ts";
import { counted } from "../numbers.ts";
import { inLocalZone } from "../times.ts";

const ENDS = { lost: "was lost", stopped: "stopped", restarted: "restarted" } as const;
/** The events of an incident need a moment to reach the log. */
const AFTER_MS = 1_000;

/**
 * A list of incidents to jump to; nothing without incidents.
 * @param jump takes ms since 1970
 */
export function jumpList(ends: FleetSummary["gatewayEnds"], jump: (time: number) => void) {
  if (ends.length === 0) return nothing;
  const chosen = (event: Event): void => {
    const field = event.target as HTMLSelectElement;
    const time = Date.parse(field.value);
    field.value = "";
    if (!Number.isNaN(time)) jump(time + AFTER_MS);
  };
  return html`<select aria-label="Jump to an incident" @change=${chosen}>
    <option value="">Jump to…</option>
    ${ends.map(
      ({ gateway, how, at, devices }) =>
        html`<option value=${at}>
          ${inLocalZone(new Date(at))}: gateway ${gateway} ${ENDS[how]}, ${counted(devices, "device")}
        </option>`,
    )}
  </select>`;
}
