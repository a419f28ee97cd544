const LIMIT_MS = 1_000;
const TRIES = 3;

/**
 * Checks that something ends within a second, in one of three tries. A busy machine hardly delays all three. An end that
 * only comes by a time limit of several seconds, or by a check every 30 s, is late each time.
 * @param attempt ends an access or a session of its own; resolves with the milliseconds from the answer of that call until
 * the access or session has ended everywhere
 */
export async function withinASecond(attempt: (number: number) => Promise<number>): Promise<void> {
  const taken: number[] = [];
  while (taken.length < TRIES) {
    const ms = await attempt(taken.length + 1);
    if (ms < LIMIT_MS) return;
    taken.push(Math.round(ms));
  }
  throw new Error(`it took ${taken.join(", ")} ms, not less than ${LIMIT_MS} ms`);
}

/** Milliseconds from now until the promise is fulfilled. */
export async function msUntil(ended: Promise<unknown>): Promise<number> {
  const from = performance.now();
  await ended;
  return performance.now() - from;
}
