/** A change of a device. Each change is a new object, so that Lit updates the elements that have it as a property. */
export interface DeviceChange {
  /** Categories of the device's new events, and `views` if its row in the views changed; null: any of these. */
  readonly keys: ReadonlySet<string> | null;
}

/** Whether a change concerns one of the keys. */
export function affects(change: DeviceChange | undefined, ...keys: readonly string[]): boolean {
  return change !== undefined && (change.keys === null || keys.some((key) => change.keys?.has(key)));
}

/** A change with the keys of `one`, if it is defined, and with `keys`. */
export function merged(one: DeviceChange | undefined, keys: readonly string[] | null): DeviceChange {
  if (one === undefined) return { keys: keys && new Set(keys) };
  return { keys: one.keys === null || keys === null ? null : new Set([...one.keys, ...keys]) };
}
