import { FleetError, WHOLE_FLEET } from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../fleet.ts";
import type { Done } from "./decide.ts";
import { type RegisterRequest, registerDevice } from "./register.ts";

/** How many are registered at the same time: the log's batches are made of them. */
const CONCURRENT = 64;
/** What makes it useless to go on with the others. */
const STOPPING: ReadonlySet<string> = new Set(["log-unavailable", "log-full"]);

export type Registered = (Done & { readonly token: string }) | FleetError;

/**
 * Registers many devices. The results are in the order of the requests: a device with its token, or the error of that one; the
 * others are registered all the same. If the log refuses one, those that were not begun get the same error.
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
