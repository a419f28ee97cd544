const KEY = "fleetlog.signed-in";

/** Whether an operator signed in with this browser and did not sign out: then a missing session has ended by itself. */
export const signedInBefore = {
  get(): boolean {
    try {
      return localStorage.getItem(KEY) !== null;
    } catch {
      // The browser may forbid storage.
      return false;
    }
  },
  set(value: boolean): void {
    try {
      if (value) localStorage.setItem(KEY, "1");
      else localStorage.removeItem(KEY);
    } catch {
      // Without storage the sign-in page gives no reason.
    }
  },
};
