/** That something has happened to a device. Each is a new object, so that those who are given it notice. */
export interface DeviceChange {
  /** Of which categories, and `views` if its row there changed; null: of any. */
  readonly keys: ReadonlySet<string> | null;
}

/** Whether it concerns whoever shows this. */
export function concerns(change: DeviceChange | undefined, ...keys: readonly string[]): boolean {
  return change !== undefined && (change.keys === null || keys.some((key) => change.keys?.has(key)));
}

/** Two that came one soon after the other, as one. */
export function together(one: DeviceChange | undefined, keys: readonly string[] | null): DeviceChange {
  if (one === undefined) return { keys: keys && new Set(keys) };
  return { keys: one.keys === null || keys === null ? null : new Set([...one.keys, ...keys]) };
}
