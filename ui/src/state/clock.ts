import { Store } from "./store.ts";

const TICK_MS = 5_000;

/** Now, in ms since 1970, every few seconds while the page is seen: for times that say how long ago. */
export const now = new Store<number>(Date.now());

setInterval(() => {
  if (document.visibilityState === "visible") now.set(Date.now());
}, TICK_MS);
document.addEventListener("visibilitychange", () => now.set(Date.now()));
