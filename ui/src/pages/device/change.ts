/** A change of a device. Always a new object, so that Lit updates the elements with this property. */
export interface DeviceChange {
  /** Categories of new events, and `views` for a changed row in the views; null: any of these. */
  readonly keys: ReadonlySet<string> | null;
}

export function affects(change: DeviceChange | undefined, ...keys: readonly string[]): boolean {
  return change !== undefined && (change.keys === null || keys.some((key) => change.keys?.has(key)));
}

export function merged(earlier: DeviceChange | undefined, keys: readonly string[] | null): DeviceChange {
  if (earlier === undefined) return { keys: keys && new Set(keys) };
  return { keys: earlier.keys === null || keys === null ? null : new Set([...earlier.keys, ...keys]) };
}
