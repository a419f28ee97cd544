import { createHash } from "node:crypto";
import type { StoredEntry } from "@fleetlog/log";

const ENTRY = 0;
const ABSENT = 2;

/** SHA-256 of the byte 0, the sequence (64 bits), and subject and payload, each after its length (32 bits, big-endian). */
export function entryHash({ seq, subject, bytes }: StoredEntry): Buffer {
  const subjectBytes = Buffer.from(subject);
  const head = Buffer.alloc(13);
  head.writeUInt8(ENTRY);
  head.writeBigUInt64BE(BigInt(seq), 1);
  head.writeUInt32BE(subjectBytes.length, 9);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return createHash("sha256").update(head).update(subjectBytes).update(length).update(bytes).digest();
}

/** Stands for a sequence without an entry: SHA-256 of the byte 2 and the sequence. */
export function absentHash(seq: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(ABSENT);
  bytes.writeBigUInt64BE(BigInt(seq), 1);
  return createHash("sha256").update(bytes).digest();
}
