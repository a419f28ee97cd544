import { FleetError } from "@fleetlog/domain";
import type { Scalar } from "./filter.ts";

/** The position at which a page ended, as an opaque text. Paging is stable while rows come and go. */
export function encodeCursor(list: string, position: readonly Scalar[]): string {
  const [only, ...others] = position;
  return encode(list, others.length === 0 ? only : JSON.stringify(position));
}

/**
 * The position: one value for each type.
 * @throws FleetError `invalid-request` naming `cursor` if it is not a cursor of this list
 */
export function decodeCursor(list: string, cursor: string, types: readonly ("string" | "number")[]): readonly Scalar[] {
  const decoded = parse(Buffer.from(cursor, "base64url").toString());
  if (Array.isArray(decoded) && decoded.length === 2 && decoded[0] === list && encode(list, decoded[1]) === cursor) {
    const position = types.length === 1 ? [decoded[1]] : parse(decoded[1]);
    if (isPosition(position, types)) return position;
  }
  throw new FleetError("invalid-request", "cursor is not one that this list gave", {
    field: "cursor",
    advice: "Give the `next` of the page before as it is, or no cursor for the first page.",
  });
}

function encode(list: string, value: unknown): string {
  return Buffer.from(JSON.stringify([list, value])).toString("base64url");
}

function isPosition(value: unknown, types: readonly string[]): value is readonly Scalar[] {
  return Array.isArray(value) && value.length === types.length && types.every((type, i) => typeof value[i] === type);
}

function parse(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
