import { gatewayNow } from "../data/clock.ts";
import { Store } from "./store.ts";

const TICK_MS = 5_000;

export { gatewayNow };

/**
 * The time that relative times on the pages refer to, in ms since 1970. It is the gateway's time, updated every few
 * seconds while the page is visible, or the moment of the past that the page shows.
 */
export const now = new Store<number>(gatewayNow());
let held: number | undefined;

/** @param at ms since 1970; undefined: the present again */
export function holdNow(at: number | undefined): void {
  held = at;
  tick();
}

function tick(): void {
  now.set(held ?? gatewayNow());
}

setInterval(() => {
  if (document.visibilityState === "visible") tick();
}, TICK_MS);
document.addEventListener("visibilitychange", tick);
