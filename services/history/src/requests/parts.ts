/**
 * Characters of a part. A part is JSON that is sent as a JSON string, where each character takes at most 3 bytes, so a
 * part fits into a message of NATS (1 MiB).
 */
export const PART_CHARS = 256 * 1_024;

/** @param chars of each part */
export function* partsOf(text: string, chars: number = PART_CHARS): Generator<string, void, undefined> {
  for (let from = 0; from < text.length; from += chars) yield text.slice(from, from + chars);
}
