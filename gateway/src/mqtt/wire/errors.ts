import { FleetError } from "@fleetlog/domain";
import { WIRE_ERRORS } from "@fleetlog/protocol";
import { seconds } from "../../net/retry-after.ts";
import { MqttFault, REASON } from "./reasons.ts";

/** Converts a FleetError of a log-in to an MqttFault. Agents parse `retry after <n> s` in the message. */
export async function asMqttFault<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    const { code, message, retryAfterMs } = error;
    // [MQTT5 3.2.2.2]
    const reason = code === "rate-limited" ? REASON.connectionRateExceeded : WIRE_ERRORS[code].mqtt;
    throw new MqttFault(
      reason,
      retryAfterMs === undefined ? message : `${message}; retry after ${seconds(retryAfterMs)} s`,
    );
  }
}
