import { Tail } from "./tail.ts";

/** Most reports shown by the charts. */
const REPORTS = 200;
/** Reports in the first request: a small answer, so that the page shows something soon. */
const FIRST = 20;
/** If the average size of the first reports, in characters of JSON, is above this, no more reports are read. */
const HEAVY = 5_000;

/** A device's latest telemetry reports for the charts; fewer if they are large. @throws ApiError */
export async function loadReports(device: string, signal?: AbortSignal): Promise<Tail> {
  const newest = await Tail.load(device, "telemetry", FIRST, signal);
  const size = JSON.stringify(newest.items).length / Math.max(1, newest.items.length);
  return size > HEAVY ? newest : newest.older(REPORTS - newest.items.length, signal);
}
