import { setImmediate } from "node:timers/promises";

/**
 * Resolves after the event loop has polled its sockets once more. By then, a socket that is being read has
 * noticed whether its peer has ended or reset the connection right after the log-in. Such a connection must not replace
 * a session.
 */
export async function polledAgain(): Promise<void> {
  // If this is called in the polling phase, the first setImmediate resolves before the loop polls again.
  await setImmediate();
  await setImmediate();
}
