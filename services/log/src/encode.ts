import { type FleetEvent, invalid } from "@fleetlog/domain";

/**
 * Maximum nesting of arrays and objects in a report's data, a command's parameters or its result. The limit is the same
 * in every protocol. JSON.parse accepts any depth, but JSON.stringify is recursive: V8 runs out of stack at about 4,400
 * levels, and earlier if the stack is already in use. Without a much lower limit, one process could write an event that
 * another process can read but not serialize again.
 */
export const MAX_LEVELS = 256;
/** Levels that an event adds around what the caller gives: the event itself and its `data`. */
const AROUND = 2;

/**
 * The JSON of an event as it is stored.
 * @throws FleetError `invalid-request` on field `data` if it is nested deeper than {@link MAX_LEVELS}
 */
export function encodeEvent(event: FleetEvent): string {
  let json: string;
  try {
    json = JSON.stringify(event);
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep();
    throw error;
  }
  // A level takes at least two characters, so most events are too short to need the check.
  if (json.length > 2 * (MAX_LEVELS + AROUND) && isTooDeep(json)) throw tooDeep();
  return json;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

function isTooDeep(json: string): boolean {
  let levels = 0;
  for (let i = 0; i < json.length; i++) {
    const char = json.charCodeAt(i);
    if (char === QUOTE) i = endOfString(json, i);
    else if (OPENING.has(char)) {
      levels += 1;
      if (levels > MAX_LEVELS + AROUND) return true;
    } else if (CLOSING.has(char)) levels -= 1;
  }
  return false;
}

/** The index of the quote that ends the string beginning at `from`. */
function endOfString(json: string, from: number): number {
  let at = from + 1;
  for (let char = json.charCodeAt(at); char !== QUOTE; char = json.charCodeAt(at)) at += char === BACKSLASH ? 2 : 1;
  return at;
}

function tooDeep(): Error {
  return invalid("data", `data is nested deeper than ${MAX_LEVELS} levels`);
}
