import { FleetError, WHOLE_FLEET } from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import { isLimitedInDevices, type Room, withRoom } from "../accounts/device-limit.ts";
import { accountFor } from "../accounts/owner.ts";
import type { Caller } from "../caller.ts";
import { isRecorded } from "../repeated.ts";
import { type RegisteredDevice, type RegisterRequest, type Registration, registerIn, withId } from "./register.ts";

/** Number of devices that are registered at the same time, so that the log can append their events in batches. */
const CONCURRENT = 64;
/** Errors that stop the remaining registrations. */
const STOPPING: ReadonlySet<string> = new Set(["log-unavailable", "log-full"]);

export type Registered = RegisteredDevice | FleetError;

/**
 * Registers many devices, with results in the order of the requests. A refused device does not stop the others. An
 * unavailable or full log stops all registrations that have not begun; they get the same error.
 */
export async function registerDevices(
  fleet: Registration,
  caller: Caller,
  requests: readonly RegisterRequest[],
): Promise<readonly Registered[]> {
  authorize(caller.principal, "device.register", WHOLE_FLEET);
  const results: Registered[] = new Array(requests.length);
  const ofAccounts = new Map<string, number[]>();
  for (const [index, { account: named }] of requests.entries()) {
    try {
      const account = accountFor(caller, "device.register", named);
      ofAccounts.set(account, [...(ofAccounts.get(account) ?? []), index]);
    } catch (error) {
      results[index] = asFleetError(error);
    }
  }
  for (const [account, indexes] of ofAccounts) {
    const registered = await registerAll(
      fleet,
      caller,
      account,
      indexes.map((index) => withId(caller, requests[index] as RegisterRequest, index)),
    );
    for (const [i, index] of indexes.entries()) results[index] = registered[i] as Registered;
  }
  return results;
}

async function registerAll(
  fleet: Registration,
  caller: Caller,
  account: string,
  requests: readonly RegisterRequest[],
): Promise<readonly Registered[]> {
  const results: Registered[] = new Array(requests.length);
  const registerOne = async (add: Room["add"], request: RegisterRequest) => {
    const register = () => registerIn(fleet, caller, account, request);
    const recorded = await isRecorded(fleet, caller, ["device", String(request.id), "RegisterDevice"]);
    return recorded ? register() : add(register);
  };
  let stopped: FleetError | undefined;
  try {
    await withRoom(fleet, account, async ({ add }) => {
      const waiting = requests.entries();
      const work = async () => {
        for (const [index, request] of waiting) {
          const result = stopped ?? (await registerOne(add, request).catch(asFleetError));
          if (result instanceof FleetError && STOPPING.has(result.code)) stopped = result;
          results[index] = result;
        }
      };
      // In a limited account, each device is counted before the next.
      const workers = isLimitedInDevices(fleet, account) ? 1 : CONCURRENT;
      await Promise.all(Array.from({ length: workers }, work));
    });
  } catch (error) {
    // The account is unknown, or its devices can't be counted.
    const refused = asFleetError(error);
    return requests.map((_, index) => results[index] ?? refused);
  }
  return results;
}

function asFleetError(error: unknown): FleetError {
  if (error instanceof FleetError) return error;
  throw error;
}
