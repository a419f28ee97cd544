import type { Clock } from "../clock.ts";

export interface HeartbeatTarget {
  ping(): void;
  onTimeout(): void;
  onReceived(listener: () => void): void;
}

/**
 * Pings after a silence of `intervalMs`, and times out after as much silence again.
 * @returns a function that stops the heartbeat
 */
export function heartbeat(
  clock: Clock,
  intervalMs: number,
  { ping, onTimeout, onReceived }: HeartbeatTarget,
): () => void {
  let lastReceivedAt = clock.elapsed();
  let pinged = false;
  let stopTimer = clock.after(intervalMs, tick);
  onReceived(() => {
    lastReceivedAt = clock.elapsed();
    pinged = false;
  });

  function tick(): void {
    const silentFor = clock.elapsed() - lastReceivedAt;
    if (silentFor < intervalMs && !pinged) {
      stopTimer = clock.after(intervalMs - silentFor, tick);
      return;
    }
    if (pinged) {
      onTimeout();
      return;
    }
    pinged = true;
    ping();
    stopTimer = clock.after(intervalMs, tick);
  }

  return () => stopTimer();
}
