/** Calls `abort` if the signal aborts during `work`. */
export async function withAbort<T>(signal: AbortSignal, abort: () => void, work: () => Promise<T>): Promise<T> {
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
