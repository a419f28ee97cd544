import { gatewayNow } from "../data/clock.ts";
import { Store } from "./store.ts";

const TICK_MS = 5_000;

export { gatewayNow };

/** Gateway time in ms since 1970, updated every few seconds while the page is visible. */
export const now = new Store<number>(gatewayNow());

setInterval(() => {
  if (document.visibilityState === "visible") now.set(gatewayNow());
}, TICK_MS);
document.addEventListener("visibilitychange", () => now.set(gatewayNow()));
