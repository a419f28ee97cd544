import { Tail } from "./tail.ts";

/** How many reports the charts go back. */
const REPORTS = 200;
/** What the newest are read by: the page shows something after a small answer. */
const FIRST = 20;
/** Reports of a device that sends so much with each are not read by the hundred. In characters of JSON. */
const HEAVY = 5_000;

/** A device's last reports, enough for charts, as long as they are small. @throws ApiError */
export async function loadReports(device: string, signal?: AbortSignal): Promise<Tail> {
  const newest = await Tail.load(device, "telemetry", FIRST, signal);
  const size = JSON.stringify(newest.items).length / Math.max(1, newest.items.length);
  return size > HEAVY ? newest : newest.older(REPORTS - newest.items.length, signal);
}
