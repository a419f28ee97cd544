import { checker, EventReport, Profile, Telemetry } from "@fleetlog/protocol";
import type { NewReport } from "./store/store.ts";

const checkTelemetry = checker(Telemetry, "report");
const checkEvent = checker(EventReport, "event");
const checkProfile = checker(Profile, "profile");

export interface Order {
  readonly boot: string;
  readonly seq: number;
}

export function telemetryReport(data: object, at: string, order: Order, maxBytes: number): NewReport {
  return { kind: "telemetry", body: checked(checkTelemetry, { data, at, ...order }, maxBytes) as never };
}

/** An event that says no more than that it happened has null for its data. */
export function eventReport(name: string, data: unknown, at: string, order: Order, maxBytes: number): NewReport {
  return { kind: "event", body: checked(checkEvent, { name, data: data ?? null, at, ...order }, maxBytes) as never };
}

export function profileReport(profile: object, maxBytes: number): Profile {
  return checked(checkProfile, profile, maxBytes);
}

/**
 * A copy as it will travel: later changes of the original don't show, and what JSON can't carry fails here, where the
 * mistake is, and not on the way.
 */
function checked<T>(check: ReturnType<typeof checker>, value: object, maxBytes: number): T {
  const json = JSON.stringify(value);
  const bytes = Buffer.byteLength(json);
  if (bytes > maxBytes)
    throw new RangeError(`a report of ${bytes} bytes is larger than the ${maxBytes} that are allowed`);
  const result = check(JSON.parse(json));
  if (!result.ok) throw new TypeError(result.message);
  return result.value as T;
}
