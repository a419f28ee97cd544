// Taken before a test can hold the time: what is waited for here comes in real time.
const wait = globalThis.setTimeout;
const now = performance.now.bind(performance);

/**
 * Tries again until the check passes, and fails with the check's own error when the time is up: for what becomes true by
 * itself, not for how fast.
 */
export async function eventually<T>(check: () => T | Promise<T>, timeoutMs = 20_000): Promise<T> {
  const until = now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (now() > until) throw error;
      await new Promise((resolve) => wait(resolve, 25));
    }
  }
}
