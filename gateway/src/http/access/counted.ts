import { FleetError } from "@fleetlog/domain";
import type { Attempts } from "./attempts.ts";

/**
 * Runs a call that checks a password or code: a wrong one counts as a failure of the client's address.
 * @throws FleetError `rate-limited` in place of `unauthenticated`, if the address has failed too often
 */
export async function counted<T>(attempts: Attempts, address: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof FleetError && error.code === "unauthenticated") attempts.failed(address);
    throw error;
  }
}
