// The timer is saved before a test fakes timers, to wait in real time.
const wait = globalThis.setTimeout;
const now = performance.now.bind(performance);

const PAUSE_MS = { min: 25, max: 200 };
/**
 * A pause is at most an eighth of the time that the check has taken so far, so that a test takes at most an eighth
 * longer.
 */
const PART = 1 / 8;

/**
 * Repeats a check until it passes; after the timeout it fails with the check's error. Not for measuring time.
 *
 * The pauses grow: a check that calls the API keeps four processes busy.
 */
export async function eventually<T>(check: () => T | Promise<T>, timeoutMs = 20_000): Promise<T> {
  const start = now();
  for (;;) {
    try {
      return await check();
    } catch (error) {
      const passed = now() - start;
      if (passed > timeoutMs) throw error;
      const pause = Math.min(PAUSE_MS.max, Math.max(PAUSE_MS.min, passed * PART));
      await new Promise((resolve) => wait(resolve, pause));
    }
  }
}
