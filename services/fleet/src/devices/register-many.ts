import { FleetError, WHOLE_FLEET } from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../fleet.ts";
import type { Done } from "./decide.ts";
import { type RegisterRequest, registerDevice } from "./register.ts";

/** How many devices are registered concurrently, so that the log can append their events in batches. */
const CONCURRENT = 64;
/** Errors after which it is useless to try the remaining devices. */
const STOPPING: ReadonlySet<string> = new Set(["log-unavailable", "log-full"]);

export type Registered = (Done & { readonly token: string }) | FleetError;

/**
 * Registers many devices. The results are in the order of the requests, each a token or an error. If a device is
 * refused, the other devices are registered all the same. Only if the log is unavailable or full, every registration
 * that has not begun gets the same error.
 */
export async function registerDevices(
  fleet: Pick<Fleet, "log" | "writer" | "credentials">,
  caller: Caller,
  requests: readonly RegisterRequest[],
): Promise<readonly Registered[]> {
  authorize(caller.principal, "device.register", WHOLE_FLEET);
  const results: Registered[] = new Array(requests.length);
  let stopped: FleetError | undefined;
  const waiting = requests.entries();
  const work = async () => {
    for (const [index, request] of waiting) {
      const result = stopped ?? (await registerDevice(fleet, caller, request).catch(asFleetError));
      if (result instanceof FleetError && STOPPING.has(result.code)) stopped = result;
      results[index] = result;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, work));
  return results;
}

function asFleetError(error: unknown): FleetError {
  if (error instanceof FleetError) return error;
  throw error;
}
