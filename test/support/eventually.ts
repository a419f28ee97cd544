// The timer is saved before a test fakes timers, to wait in real time.
const wait = globalThis.setTimeout;
const now = performance.now.bind(performance);

/** Repeats a check until it passes; after the timeout it fails with the check's error. Not for measuring time. */
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
