import type { Clock } from "@fleetlog/agent";

/** Calls again and again, each time after as long as `pause` says then, in milliseconds. Returns how to end it. */
export function every(clock: Clock, pause: () => number, call: () => void): () => void {
  let cancel = clock.after(pause(), tick);
  function tick(): void {
    cancel = clock.after(pause(), tick);
    call();
  }
  return () => cancel();
}
