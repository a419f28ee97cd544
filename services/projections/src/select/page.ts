/** An answer is one NATS message (1 MiB unless the server is told otherwise); the rest is left for the envelope. */
export const ANSWER_BYTES = 960 * 1024;

export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? "");
}

/** As many items as fit, in order; `least` (one unless told, so that paging always moves on) whatever their size. */
export function fitting<T>(items: readonly T[], budget: number = ANSWER_BYTES, least = 1): readonly T[] {
  let bytes = 0;
  const fits = items.findIndex((item) => {
    bytes += jsonBytes(item) + 1;
    return bytes > budget;
  });
  return fits === -1 ? items : items.slice(0, Math.max(least, fits));
}

/** A page and whether there is more, from one row more than was asked for. */
export function pageOf<T>(rows: readonly T[], limit: number): { readonly items: readonly T[]; readonly more: boolean } {
  const items = fitting(rows.slice(0, limit));
  return { items, more: items.length < rows.length };
}
