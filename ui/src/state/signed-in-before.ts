import { store, stored } from "./storage.ts";

const KEY = "fleetlog.signed-in";
const WAY_KEY = "fleetlog.sign-in-way";
const LATER_KEY = "fleetlog.password-later";

/** Whether somebody signed in with this browser and did not sign out. If so, a missing session has ended by itself. */
export const signedInBefore = {
  get: (): boolean => stored(KEY) !== null,
  set: (value: boolean): void => store(KEY, value ? "1" : null),
};

export const signsInByPassword = {
  get: (): boolean => stored(WAY_KEY) === "password",
  set: (value: boolean): void => store(WAY_KEY, value ? "password" : null),
};

/** The administrator postponed the password; the next sign-in asks again. */
export const passwordLater = {
  get: (): boolean => stored(LATER_KEY) !== null,
  set: (value: boolean): void => store(LATER_KEY, value ? "1" : null),
};
