const KEY = "fleetlog.signed-in";

/** Whether somebody has signed in with this browser and not out again: then a session that is not there has ended. */
export const known = {
  get is(): boolean {
    try {
      return localStorage.getItem(KEY) !== null;
    } catch {
      // Storage may be forbidden.
      return false;
    }
  },
  set(is: boolean): void {
    try {
      if (is) localStorage.setItem(KEY, "1");
      else localStorage.removeItem(KEY);
    } catch {
      // Nothing is said then.
    }
  },
};
