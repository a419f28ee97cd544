import { gatewayNow } from "../data/clock.ts";
import { Store } from "./store.ts";

const TICK_MS = 5_000;

export { gatewayNow };

/** Now, in ms since 1970 by the gateway's clock, every few seconds while the page is seen: for how long ago it was. */
export const now = new Store<number>(gatewayNow());

setInterval(() => {
  if (document.visibilityState === "visible") now.set(gatewayNow());
}, TICK_MS);
document.addEventListener("visibilitychange", () => now.set(gatewayNow()));
