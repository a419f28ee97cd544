import { isUtf8 } from "node:buffer";
import { FleetError, invalid } from "@fleetlog/domain";
import type { Checked } from "@fleetlog/protocol";
import { changedNumber } from "@fleetlog/runtime";

/** @throws FleetError `invalid-request` unless the payload is JSON whose numbers can be kept as they are */
export function json(payload: Buffer): unknown {
  // Decoding would replace invalid bytes silently.
  if (!isUtf8(payload)) throw invalid("payload", "payload is not UTF-8");
  const text = payload.toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid("payload", "payload is not JSON");
  }
  const changed = changedNumber(text, "payload");
  if (changed !== undefined) throw invalid(changed.path || "payload", changed.message);
  return value;
}

/**
 * What `read` returns, or the FleetError that it throws. For messages that are answered on a topic, because MQTT 3 has
 * no errors in PUBACK.
 */
export function orRefusal<T>(read: () => T): T | FleetError {
  try {
    return read();
  } catch (error) {
    if (error instanceof FleetError) return error;
    throw error;
  }
}

/** @throws FleetError `invalid-request` with the name of the invalid field */
export function accepted<T>(checked: Checked<T>): T {
  if (checked.ok) return checked.value;
  throw invalid(checked.field, checked.message);
}
