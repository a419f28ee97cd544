/** Bytes of JSON: an answer is one NATS message (default 1 MiB), which also has an envelope. */
export const ANSWER_BYTES = 960 * 1024;

export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? "");
}

/** The first items that fit together, at least `least`, so that paging always advances. */
export function fitting<T>(items: readonly T[], budget: number = ANSWER_BYTES, least = 1): readonly T[] {
  let bytes = 0;
  const fits = items.findIndex((item) => {
    bytes += jsonBytes(item) + 1;
    return bytes > budget;
  });
  return fits === -1 ? items : items.slice(0, Math.max(least, fits));
}
