import { FleetError } from "@fleetlog/domain";

/** Where a page ended, as a text that only we can read: keyset paging, stable while rows come and go. */
export function encodeCursor(list: string, key: string | number): string {
  return Buffer.from(JSON.stringify([list, key])).toString("base64url");
}

/** @throws FleetError `invalid-request` naming `cursor` if this list never gave it */
export function decodeCursor<K extends "string" | "number">(
  list: string,
  cursor: string,
  type: K,
): K extends "string" ? string : number {
  const decoded = parse(cursor);
  if (Array.isArray(decoded) && decoded.length === 2 && decoded[0] === list) {
    const key: unknown = decoded[1];
    if (typeof key === type && encodeCursor(list, key as string | number) === cursor) return key as never;
  }
  throw new FleetError("invalid-request", "cursor is not one that this list gave", {
    field: "cursor",
    advice: "Give the `next` of the page before as it is, or no cursor for the first page.",
  });
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    return undefined;
  }
}
