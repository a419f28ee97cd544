import type { Clock } from "@fleetlog/agent";

/** Calls `call` repeatedly; `pause` returns the milliseconds before each call. Returns a function that ends it. */
export function every(clock: Clock, pause: () => number, call: () => void): () => void {
  let cancel = clock.after(pause(), tick);
  function tick(): void {
    cancel = clock.after(pause(), tick);
    call();
  }
  return () => cancel();
}
