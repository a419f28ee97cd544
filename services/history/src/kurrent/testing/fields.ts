import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import type { Encoded } from "../messages/encoded.ts";

/** The fields of a message, as raw values. */
export function fieldsOf(bytes: Uint8Array): [number, unknown][] {
  const reader = new BinaryReader(bytes);
  const fields: [number, unknown][] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    fields.push([field, type === WireType.Varint ? Number(reader.uint64()) : reader.bytes()]);
  }
  return fields;
}

/** The bytes of a field in nested messages. `path` has the field's number at each level. */
export const bytesAt = (message: Uint8Array, ...path: number[]): Uint8Array =>
  path.reduce<Uint8Array>((at, field) => {
    const found = fieldsOf(at).find(([number]) => number === field)?.[1];
    if (!(found instanceof Uint8Array)) throw new Error(`no message in field ${field}`);
    return found;
  }, message);

export function copyOf(message: Encoded): Buffer {
  const bytes = Buffer.alloc(message.length);
  message.copy(bytes, 0);
  return bytes;
}
