const LF = 0x0a;
const BLANK = new Set([0x20, 0x09, 0x0d, 0xef, 0xbb, 0xbf]);

/** Lines that are not blank. Undefined stands for a line of more than `most` bytes, which is not kept. */
export async function* lines(chunks: AsyncIterable<Buffer>, most: number): AsyncGenerator<Uint8Array | undefined> {
  let parts: Buffer[] = [];
  let bytes = 0;
  const take = function* (): Generator<Uint8Array | undefined> {
    const line = bytes > most ? undefined : Buffer.concat(parts);
    parts = [];
    bytes = 0;
    if (line === undefined || line.some((byte) => !BLANK.has(byte))) yield line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, from)) {
      add(chunk.subarray(from, end));
      from = end + 1;
      yield* take();
    }
    add(chunk.subarray(from));
  }
  yield* take();

  function add(part: Buffer): void {
    bytes += part.length;
    if (bytes > most) parts = [];
    else if (part.length > 0) parts.push(part);
  }
}
