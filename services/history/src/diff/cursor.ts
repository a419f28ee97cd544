import { invalid } from "@fleetlog/domain";
import type { DiffRequest } from "@fleetlog/protocol";
import type { Position } from "./select.ts";

/** A place in the differences of two moments. */
export interface Place {
  /** FLEET sequences. */
  readonly from: number;
  readonly to: number;
  readonly after: Position;
}

export function cursorOf({ from, to, after: { seq, device, change } }: Place): string {
  return Buffer.from(JSON.stringify([from, to, seq, device, change])).toString("base64url");
}

/** @throws FleetError `invalid-request` for a cursor of other moments */
export function placeOf({ cursor, from, to }: Pick<DiffRequest, "cursor" | "from" | "to">): Place | undefined {
  if (cursor === undefined) return undefined;
  const place = parsed(cursor);
  if (place === undefined) throw invalid("cursor", "cursor was not returned by a comparison");
  const isOther = (given: string | number | undefined, seq: number) => typeof given === "number" && given !== seq;
  if (isOther(from, place.from) || isOther(to, place.to))
    throw invalid("cursor", "cursor belongs to a comparison of other moments");
  return place;
}

function parsed(cursor: string): Place | undefined {
  try {
    const [from, to, seq, device, change, ...more] = JSON.parse(
      Buffer.from(cursor, "base64url").toString(),
    ) as unknown[];
    const isValid =
      [from, to, seq].every(Number.isSafeInteger) && [device, change].every((one) => typeof one === "string");
    if (!isValid || more.length > 0) return undefined;
    const after = { seq: seq as number, device: device as string, change: change as string };
    return { from: from as number, to: to as number, after };
  } catch {
    return undefined;
  }
}
