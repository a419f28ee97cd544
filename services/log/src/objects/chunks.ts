/** Chunks of exactly this size; the last may be shorter. */
export async function* inChunks(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let held = 0;
  for await (const given of bytes) {
    let rest = given;
    while (held + rest.length >= size) {
      const missing = size - held;
      yield Buffer.concat([...parts, rest.subarray(0, missing)], size);
      rest = rest.subarray(missing);
      parts = [];
      held = 0;
    }
    if (rest.length > 0) parts.push(rest);
    held += rest.length;
  }
  if (held > 0) yield Buffer.concat(parts, held);
}
