import { FleetError } from "@fleetlog/domain";
import type { Attempts } from "./attempts.ts";

/**
 * Makes the call, and counts a wrong password or code as a failure of the address.
 * @throws FleetError `rate-limited` instead of `unauthenticated` after too many failures
 */
export async function counted<T>(attempts: Attempts, address: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof FleetError && error.code === "unauthenticated") attempts.countFailure(address);
    throw error;
  }
}
