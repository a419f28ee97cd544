import { Tail } from "./tail.ts";

const REPORTS = 200;
/** Number of events in the first request. It is small, so that the page shows something soon. */
const FIRST = 20;
/** Average size of the first reports, in characters of JSON, above which no more are read. */
const HEAVY = 5_000;

/**
 * A device's latest telemetry reports for the charts; fewer if the reports are large.
 * @param until RFC 3339: only earlier reports
 * @throws ApiError
 */
export async function loadReports(device: string, signal?: AbortSignal, until?: string): Promise<Tail> {
  const newest = await Tail.load(device, "telemetry", FIRST, signal, until);
  const size = JSON.stringify(newest.items).length / Math.max(1, newest.items.length);
  return size > HEAVY ? newest : newest.older(REPORTS - newest.items.length, signal);
}
