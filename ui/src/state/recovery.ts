const waiting = new Set<() => void>();

/** Calls back when the gateway or the log is back from having been away. @returns what ends it */
export function onRecovery(listener: () => void): () => void {
  waiting.add(listener);
  return () => waiting.delete(listener);
}

/** What failed may work again. */
export function recovered(): void {
  for (const listener of [...waiting]) listener();
}
