import { FleetError } from "@fleetlog/domain";
import { WIRE_ERRORS } from "@fleetlog/protocol";
import { loginCauseOf } from "../../endpoints/refused-logins.ts";
import { seconds } from "../../net/refusing/retry-after.ts";
import { MqttFault, REASON } from "./reasons.ts";

/** @throws MqttFault in place of a FleetError of a log-in */
export async function asMqttFault<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw error instanceof FleetError ? loginFault(error) : error;
  }
}

/** The refusal of a log-in. Agents parse `retry after <n> s` in the message. */
export function loginFault(error: FleetError, reason = reasonOf(error)): MqttFault {
  const { code, message, retryAfterMs } = error;
  const text = retryAfterMs === undefined ? message : `${message}; retry after ${seconds(retryAfterMs)} s`;
  const cause = loginCauseOf(error);
  return new MqttFault(reason, text, { code, ...(cause !== undefined && { cause }) });
}

/** The reason code of CONNACK [MQTT5 3.2.2.2]. */
function reasonOf({ code }: FleetError): number {
  return code === "rate-limited" ? REASON.connectionRateExceeded : WIRE_ERRORS[code].mqtt;
}
