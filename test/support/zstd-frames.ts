import { zstdDecompressSync } from "node:zlib";

/** RFC 8878, 3.1.1. */
const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** The decompressed content of all Zstandard frames in a file, such as the pages of a Parquet file. */
export function zstdFramesIn(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = bytes.indexOf(MAGIC); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
    try {
      found.push(zstdDecompressSync(bytes.subarray(at)));
    } catch {
      // These bytes only look like the beginning of a frame.
    }
  }
  return found;
}
