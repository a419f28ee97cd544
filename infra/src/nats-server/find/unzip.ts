import { inflateRawSync } from "node:zlib";

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;

/**
 * The first file whose name matches; undefined if none does. No encryption and no archives over 4 GiB: wheels have
 * neither.
 *
 * The format is APPNOTE.TXT of PKWARE, 4.3.
 *
 * @throws Error if `zip` is no archive, or damaged
 */
export function fileInZip(zip: Buffer, name: RegExp): Buffer | undefined {
  const end = zip.lastIndexOf(signature(END));
  if (end < 0) throw new Error("it is not a zip archive");
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  for (let index = 0; index < count; index++) {
    if (zip.readUInt32LE(at) !== CENTRAL) throw new Error("the zip archive is damaged");
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    if (name.test(zip.toString("utf8", at + 46, at + 46 + nameLength))) return content(zip, at);
    at += 46 + nameLength + extraLength + commentLength;
  }
  return undefined;
}

/** @param entry the file's offset in the central directory */
function content(zip: Buffer, entry: number): Buffer {
  const method = zip.readUInt16LE(entry + 10);
  const packed = zip.readUInt32LE(entry + 20);
  const local = zip.readUInt32LE(entry + 42);
  if (zip.readUInt32LE(local) !== LOCAL) throw new Error("the zip archive is damaged");
  const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const bytes = zip.subarray(from, from + packed);
  if (method === STORED) return bytes;
  if (method !== DEFLATED) throw new Error(`the zip archive is packed by method ${method}`);
  return inflateRawSync(bytes, { maxOutputLength: zip.readUInt32LE(entry + 24) });
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
