import { FleetError } from "@fleetlog/domain";
import { cursorParts } from "@fleetlog/protocol";
import type { Scalar } from "../filter.ts";

/** Where a page ended. */
export interface CursorPosition {
  readonly position: readonly Scalar[];
  /** Sequence of the newest change of any row when the first page was read. Only for lists in which rows move. */
  readonly since?: number | undefined;
}

export function withState(cursor: string, state: string | undefined): string {
  return state === undefined ? cursor : `${cursor}.${state}`;
}

export function encodeCursor(list: string, { position, since }: CursorPosition): string {
  const [only, ...others] = position;
  return encode(list, others.length === 0 ? only : JSON.stringify(position), since);
}

/**
 * @param types types of the position's values
 * @param field the parameter that has the cursor
 * @throws FleetError `invalid-request` naming `field`, if this list did not return the cursor
 */
export function decodeCursor(
  list: string,
  cursor: string,
  types: readonly ("string" | "number")[],
  field: "cursor" | "within" = "cursor",
): CursorPosition {
  const { place } = cursorParts(cursor);
  const decoded = parse(Buffer.from(place, "base64url").toString());
  if (Array.isArray(decoded) && decoded[0] === list && isSince(decoded[2])) {
    const [, value, since] = decoded as [string, unknown, number | undefined];
    if (encode(list, value, since) === place) {
      const position = types.length === 1 ? [value] : parse(value);
      if (isPosition(position, types)) return { position, since };
    }
  }
  throw new FleetError("invalid-request", `${field} was not returned by this list`, {
    field,
    advice: `Give \`next\` of the previous page unchanged, or no ${field} for the first page.`,
  });
}

function encode(list: string, value: unknown, since: number | undefined): string {
  const parts = since === undefined ? [list, value] : [list, value, since];
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

function isSince(value: unknown): boolean {
  return value === undefined || typeof value === "number";
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
