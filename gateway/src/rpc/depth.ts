/** Whether arrays and objects are nested deeper than `levels`. JSON.stringify overflows the stack on very deep ones. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const child of Array.isArray(value) ? value : Object.values(value)) {
    if (isDeeperThan(child, levels - 1)) return true;
  }
  return false;
}
