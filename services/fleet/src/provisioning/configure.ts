import { FleetError, sameJson } from "@fleetlog/domain";
import { configurationsBefore, loadConfiguration } from "../configuration/load.ts";
import { setConfiguration } from "../configuration/set.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import type { SystemEnd } from "./end.ts";
import { loadProvisionRequest } from "./load.ts";

/**
 * Makes the request's configuration the device's own values, once for each reply. Values that a person has set since
 * the reply stay.
 * @throws FleetError `log-unavailable`, `log-full`, `conflict`; errors of `Views.query`
 */
export async function configureProvisioned(
  fleet: Pick<Fleet, "log" | "writer" | "views">,
  { request: id, caller, signal }: SystemEnd,
  acceptedSeq: number,
): Promise<void> {
  const request = await loadProvisionRequest(fleet, id);
  if (request?.configuration === undefined || request.acceptedSeq !== acceptedSeq) return;
  const device = request.device.id;
  for await (const { seq, data } of configurationsBefore(fleet.log, device)) {
    if (seq < acceptedSeq) break;
    // Only changes by the system have a `reason`.
    if (data.reason === undefined) return;
  }
  const { state } = await loadConfiguration(fleet, device);
  if (sameJson(state.own, request.configuration)) return;
  signal?.throwIfAborted();
  try {
    await setConfiguration(fleet, caller, device, request.configuration);
  } catch (error) {
    // The device was retired, or its type refuses the values. The device has the values from its reply.
    const isRefused = error instanceof FleetError && REFUSED.has(error.code);
    if (!isRefused) throw error;
  }
}

const REFUSED: ReadonlySet<string> = new Set([
  "device-unknown",
  "device-retired",
  "invalid-request",
  "payload-too-large",
]);
