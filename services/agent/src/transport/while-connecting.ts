/** Does the work, and cuts it short if the signal aborts meanwhile; afterwards the signal means nothing to it any more. */
export async function whileConnecting<T>(signal: AbortSignal, cut: () => void, work: () => Promise<T>): Promise<T> {
  if (signal.aborted) cut();
  signal.addEventListener("abort", cut, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener("abort", cut);
  }
}
