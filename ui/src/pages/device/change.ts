/** A change of a device. Each is a new object, so that elements that get it as a property update. */
export interface DeviceChange {
  /** The event categories, and `views` if its row in the views changed; null: any of them. */
  readonly keys: ReadonlySet<string> | null;
}

/** Whether a change is of one of the keys. */
export function affects(change: DeviceChange | undefined, ...keys: readonly string[]): boolean {
  return change !== undefined && (change.keys === null || keys.some((key) => change.keys?.has(key)));
}

/** Two changes as one. */
export function merged(one: DeviceChange | undefined, keys: readonly string[] | null): DeviceChange {
  if (one === undefined) return { keys: keys && new Set(keys) };
  return { keys: one.keys === null || keys === null ? null : new Set([...one.keys, ...keys]) };
}
