import { type FileHandle, open } from "node:fs/promises";

const SECTOR = 512;
const GPT = 0xee;

/** Byte offsets of the FAT file systems in an image: a disk with an MBR or GPT, or one file system. */
export async function fatPartitions(image: string): Promise<number[]> {
  const handle = await open(image, "r");
  try {
    const first = await sector(handle, 0);
    if (isFat(first)) return [0];
    if (first.readUInt16BE(510) !== 0x55aa) return [];
    const entries = [0, 1, 2, 3].map((index) => first.subarray(446 + 16 * index, 462 + 16 * index));
    const isGpt = entries.some((entry) => entry[4] === GPT);
    const starts = isGpt ? await gptStarts(handle) : entries.map((entry) => entry.readUInt32LE(8) * SECTOR);
    const found: number[] = [];
    for (const start of starts) if (start > 0 && isFat(await sector(handle, start))) found.push(start);
    return found;
  } finally {
    await handle.close();
  }
}

async function gptStarts(handle: FileHandle): Promise<number[]> {
  const header = await sector(handle, SECTOR);
  if (header.toString("latin1", 0, 8) !== "EFI PART") return [];
  const table = Number(header.readBigUInt64LE(72)) * SECTOR;
  const count = Math.min(header.readUInt32LE(80), 128);
  const size = header.readUInt32LE(84);
  const { buffer } = await handle.read(Buffer.alloc(count * size), 0, count * size, table);
  return Array.from({ length: count }, (_, index) => Number(buffer.readBigUInt64LE(index * size + 32)) * SECTOR);
}

async function sector(handle: FileHandle, at: number): Promise<Buffer> {
  const { buffer } = await handle.read(Buffer.alloc(SECTOR), 0, SECTOR, at);
  return buffer;
}

function isFat(boot: Buffer): boolean {
  const names = [boot.toString("latin1", 82, 87), boot.toString("latin1", 54, 59)];
  return boot.readUInt16BE(510) === 0x55aa && names.some((name) => /^FAT(?:32|1[26])/.test(name));
}
