import { checker, EventReport, Profile, Telemetry } from "@fleetlog/protocol";
import { byteLength } from "./byte-length.ts";
import { exactJson } from "./exact-json.ts";
import type { NewReport } from "./store/store.ts";

const checkTelemetry = checker(Telemetry, "report");
const checkEvent = checker(EventReport, "event");
const checkProfile = checker(Profile, "profile");

/** The start of the device, and the report's number since then. */
export interface ReportId {
  readonly boot: string;
  readonly seq: number;
}

export function telemetryReport(data: object, at: string, id: ReportId, maxBytes: number): NewReport {
  return { kind: "telemetry", body: checked(checkTelemetry, { data, at, ...id }, maxBytes) as never };
}

export function eventReport(name: string, data: unknown, at: string, id: ReportId, maxBytes: number): NewReport {
  return { kind: "event", body: checked(checkEvent, { name, data: data ?? null, at, ...id }, maxBytes) as never };
}

/** Checks a report that has its own boot, seq and time. */
export function forwardedReport({ kind, body }: NewReport, maxBytes: number): NewReport {
  const check = kind === "telemetry" ? checkTelemetry : checkEvent;
  return { kind, body: checked(check, body, maxBytes) as never };
}

export function profileReport(profile: object, maxBytes: number): Profile {
  return checked(checkProfile, profile, maxBytes);
}

/** Copies the value, so that later changes have no effect and errors are thrown in the caller's code. */
function checked<T>(check: ReturnType<typeof checker>, value: object, maxBytes: number): T {
  const json = exactJson(value);
  const bytes = byteLength(json);
  if (bytes > maxBytes) throw new RangeError(`a report of ${bytes} bytes exceeds the limit of ${maxBytes}`);
  const result = check(JSON.parse(json));
  if (!result.ok) throw new TypeError(result.message);
  return result.value as T;
}
