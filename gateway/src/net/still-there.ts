import { setImmediate } from "node:timers/promises";

/**
 * Resolves after the event loop has polled its sockets once more. A socket that is read while its log-in is checked has then
 * seen the end or reset that its peer may have sent right behind the log-in: such a connection must not take over a session.
 */
export async function polledAgain(): Promise<void> {
  // The first one comes before the loop polls again, if this is called in its polling phase.
  await setImmediate();
  await setImmediate();
}
