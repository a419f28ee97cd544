import { hash } from "node:crypto";
import type { Span } from "./stored-members.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LENGTH = 36;
const DASHES = [8, 13, 18, 23];
const [ZERO, NINE, A, F, DASH] = [0x30, 0x39, 0x61, 0x66, 0x2d];

/** The id itself if it is a UUID, otherwise a UUID that is made of the id's hash (RFC 9562, version 8). */
export function uuidOf(id: string): string {
  if (UUID.test(id)) return id;
  const hex = hash("sha256", id, "hex");
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The hash of which {@link uuidOf} makes a UUID, with a character for each byte. */
export function hashOf(id: string): string {
  return hash("sha256", id, "binary");
}

/** Whether {@link uuidOf} would return the bytes' text as it is. */
export function isUuid(bytes: Uint8Array, { from, to }: Span): boolean {
  if (to - from !== LENGTH) return false;
  for (const dash of DASHES) if (bytes[from + dash] !== DASH) return false;
  let digits = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    if ((byte >= ZERO && byte <= NINE) || (byte >= A && byte <= F)) digits++;
  }
  return digits === LENGTH - DASHES.length;
}
