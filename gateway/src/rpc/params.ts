import { FleetError, type JsonObject } from "@fleetlog/domain";
import type { Check } from "@fleetlog/protocol";

export type Params = readonly unknown[] | JsonObject | undefined;

/** The only argument of a call. Clients of rpc-websockets send it as `params`, or as a list of one element. */
export function soleParam(params: Params): unknown {
  if (!Array.isArray(params)) return params;
  if (params.length === 1) return params[0];
  throw new FleetError("invalid-request", "params must have exactly one argument", {
    field: "params",
    advice: "Send an object, or an array with that object alone.",
  });
}

/** @throws FleetError `invalid-request` with the name of the invalid field */
export function checkedBy<T>(check: Check<T>, value: unknown): T {
  const checked = check(value);
  if (checked.ok) return checked.value;
  throw new FleetError("invalid-request", checked.message, { field: checked.field });
}
