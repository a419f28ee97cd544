import type { StartTrialBody, Trial } from "@fleetlog/protocol";
import { call, get } from "./api.ts";

export type { Trial, TrialCounts, TrialDifference, TrialRow, TrialUpdate } from "@fleetlog/protocol";
export type StartTrial = StartTrialBody;

/** Milliseconds: longer than the historian's own limit for finding the span. */
const START_MS = 30_000;

export function startTrial(body: StartTrial): Promise<Trial> {
  return call("POST", "/history/trials", { body, timeoutMs: START_MS });
}

/** Only the person who began a trial may read it. A historian forgets a trial five minutes after it was last read. */
export function getTrial(id: string, signal?: AbortSignal): Promise<Trial> {
  return get(pathOf(id), {}, signal);
}

export function endTrial(id: string): Promise<void> {
  return call("DELETE", pathOf(id));
}

const pathOf = (id: string): string => `/history/trials/${encodeURIComponent(id)}`;
