interface Emitter {
  once(event: string, listener: (...values: unknown[]) => void): unknown;
}

export function onceOf(emitter: unknown, event: string): Promise<unknown> {
  return new Promise((resolve) => (emitter as Emitter).once(event, resolve));
}
