import { FleetError } from "@fleetlog/domain";
import { WIRE_ERRORS } from "@fleetlog/protocol";
import { MqttFault } from "./reasons.ts";

/** Converts a FleetError of the promise to an MqttFault. */
export async function asMqttFault<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    throw new MqttFault(WIRE_ERRORS[error.code].mqtt, error.message);
  }
}
