const waiting = new Set<() => void>();

/** Calls the listener when gateway or log are available again. @returns a function that removes it */
export function onRecovery(listener: () => void): () => void {
  waiting.add(listener);
  return () => waiting.delete(listener);
}

/** Gateway or log are available again. */
export function recovered(): void {
  for (const listener of [...waiting]) listener();
}
