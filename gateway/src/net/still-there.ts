import { setImmediate } from "node:timers/promises";

/**
 * Resolves after the event loop has polled its sockets once more. By then a peer's close right after the log-in is
 * noticed. Such a connection must not replace a session.
 */
export async function polledAgain(): Promise<void> {
  // In the polling phase, the first setImmediate resolves before the next poll.
  await setImmediate();
  await setImmediate();
}
