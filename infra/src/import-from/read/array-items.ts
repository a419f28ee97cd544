const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);
const BLANK = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);

/**
 * The items of JSON arrays, one after the other, without reading an array as a whole. Undefined stands for an item of
 * more than `most` bytes, which is not kept.
 * @throws Error in words if an array does not end
 */
export async function* arrayItems(chunks: AsyncIterable<Buffer>, most: number): AsyncGenerator<Uint8Array | undefined> {
  let parts: Buffer[] = [];
  let bytes = 0;
  let depth = 0;
  let inText = false;
  let escaped = false;
  for await (const chunk of chunks) {
    let from = depth === 0 ? -1 : 0;
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] as number;
      if (inText) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inText = false;
        continue;
      }
      if (byte === QUOTE && depth > 0) inText = true;
      else if (OPENING.has(byte)) {
        depth += 1;
        if (depth === 1) from = index + 1;
      } else if (CLOSING.has(byte) || (byte === COMMA && depth === 1)) {
        if (byte !== COMMA) depth -= 1;
        if (depth < 0) throw new Error("the file is not an array of documents");
        if (depth > 0 && byte !== COMMA) continue;
        if (from >= 0) add(chunk.subarray(from, index));
        from = depth === 0 ? -1 : index + 1;
        const item = bytes > most ? undefined : Buffer.concat(parts);
        if (item === undefined || item.some((one) => !BLANK.has(one))) yield item;
        parts = [];
        bytes = 0;
      }
    }
    if (from >= 0) add(chunk.subarray(from));
  }
  if (depth > 0) throw new Error("the file ends before its array does");

  function add(part: Buffer): void {
    bytes += part.length;
    if (bytes > most) parts = [];
    else if (part.length > 0) parts.push(part);
  }
}
