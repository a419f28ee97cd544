import type { Clock } from "../clock.ts";

export interface HeartbeatTarget {
  ping(): void;
  /** The peer did not answer the ping. */
  onTimeout(): void;
  /** Registers a listener for everything that is received from the peer. */
  onReceived(listener: () => void): void;
}

/**
 * Pings the peer after a silence of `intervalMs`, and calls `onTimeout` if the silence lasts as long again. Without a
 * heartbeat, a connection would stay open for ever after its peer has vanished. Returns a function that stops the
 * heartbeat.
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
