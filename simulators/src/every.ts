import type { Clock } from "@fleetlog/agent";

/** `pause` returns the milliseconds before the next call. The returned function ends the calls. */
export function every(clock: Clock, pause: () => number, call: () => void): () => void {
  let cancel = clock.after(pause(), tick);
  function tick(): void {
    cancel = clock.after(pause(), tick);
    call();
  }
  return () => cancel();
}
