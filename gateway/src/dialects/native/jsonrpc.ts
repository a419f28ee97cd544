import { FleetError, type JsonObject } from "@fleetlog/domain";
import {
  type Check,
  CommandResult,
  checker,
  EventReport,
  MAX_TELEMETRY_ITEMS,
  METHODS,
  Profile,
  Telemetry,
} from "@fleetlog/protocol";
import Type from "typebox";
import type { DeviceSession } from "../../sessions/index.ts";

export type Params = readonly unknown[] | JsonObject | undefined;

/** A report on its way: how many events it is, and the call's result once they are stored. */
export interface Reporting {
  readonly events: number;
  readonly result: Promise<{ readonly seq: number }>;
}

/** Begins a call's work before it returns, so that calls reach the log in the order in which they came. */
export type NativeMethod = (session: DeviceSession, params: Params) => Reporting;

const checkItem = checker(Telemetry, "params");
const checkItems = checker(Type.Array(Telemetry, { minItems: 1, maxItems: MAX_TELEMETRY_ITEMS }), "params");
const checkProfile = checker(Profile, "params");
const checkEvent = checker(EventReport, "params");
const checkResult = checker(CommandResult, "params");

/** What a device may call (design of the native dialect): one line a method. All throw FleetError `invalid-request`. */
export const NATIVE_METHODS: ReadonlyMap<string, NativeMethod> = new Map<string, NativeMethod>([
  [
    METHODS.telemetry,
    (session, params) => {
      const items = telemetryItems(params);
      return reporting(items.length, session.reportTelemetry(items));
    },
  ],
  [METHODS.event, (session, params) => reporting(1, session.reportEvent(read(checkEvent, sole(params))))],
  [METHODS.profile, (session, params) => reporting(1, session.reportProfile(read(checkProfile, sole(params))))],
  [METHODS.commandResult, (session, params) => reporting(1, session.commandResult(read(checkResult, sole(params))))],
]);

/** Clients of rpc-websockets send an argument as it is or in an array of one; both mean the same. */
export function sole(params: Params): unknown {
  if (!Array.isArray(params)) return params;
  if (params.length === 1) return params[0];
  throw new FleetError("invalid-request", "params holds more or less than one argument", {
    field: "params",
    advice: "Send an object, or an array with that object alone.",
  });
}

/** @throws FleetError `invalid-request` that names the field */
export function read<T>(check: Check<T>, value: unknown): T {
  const checked = check(value);
  if (checked.ok) return checked.value;
  throw new FleetError("invalid-request", checked.message, { field: checked.field });
}

function reporting(events: number, stored: Promise<number>): Reporting {
  return { events, result: stored.then((seq) => ({ seq })) };
}

function telemetryItems(params: Params): readonly Telemetry[] {
  if (!Array.isArray(params)) return [read(checkItem, params)];
  const [first] = params;
  const items = params.length === 1 && Array.isArray(first) ? first : params;
  return read(checkItems, items);
}
