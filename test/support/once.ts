interface Emitter {
  once(event: string, listener: (...values: unknown[]) => void): unknown;
}

/** Resolves with the event's first value, also for emitters of other libraries. */
export function onceOf(emitter: unknown, event: string): Promise<unknown> {
  return new Promise((resolve) => (emitter as Emitter).once(event, resolve));
}
