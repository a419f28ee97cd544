import { store, stored } from "./storage.ts";

const KEY = "fleetlog.signed-in";

/**
 * Whether an operator signed in with this browser and did not sign out. If so, a missing session has ended by itself.
 */
export const signedInBefore = {
  get: (): boolean => stored(KEY) !== null,
  set: (value: boolean): void => store(KEY, value ? "1" : null),
};
