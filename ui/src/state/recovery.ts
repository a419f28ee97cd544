const waiting = new Set<() => void>();

/**
 * Calls the listener when the gateway, the log, the views or the history are available again.
 * @returns a function that removes the listener
 */
export function onRecovery(listener: () => void): () => void {
  waiting.add(listener);
  return () => waiting.delete(listener);
}

export function recovered(): void {
  for (const listener of [...waiting]) listener();
}
