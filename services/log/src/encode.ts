import { type FleetEvent, invalid } from "@fleetlog/domain";

/**
 * Maximum nesting of arrays and objects in `data`. JSON.parse accepts any depth, but JSON.stringify is recursive: V8
 * runs out of stack at about 4,400 levels. A process must not write an event that another process can't serialize
 * again.
 */
export const MAX_LEVELS = 256;
/** Levels of JSON above the contents of `data`: the event, and `data` itself. */
const OUTER_LEVELS = 2;

/** @throws FleetError `invalid-request` on `data` that is nested deeper than {@link MAX_LEVELS} */
export function encodeEvent(event: FleetEvent): string {
  return encode(event, MAX_LEVELS + OUTER_LEVELS);
}

/** An event's `data` alone. @throws FleetError as {@link encodeEvent} */
export function encodeData(data: FleetEvent["data"]): string {
  return encode(data, MAX_LEVELS + OUTER_LEVELS - 1);
}

function encode(value: unknown, levels: number): string {
  let json: string;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep();
    throw error;
  }
  // A level takes at least two characters.
  if (json.length > 2 * levels && isTooDeep(json, levels)) throw tooDeep();
  return json;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

function isTooDeep(json: string, most: number): boolean {
  let levels = 0;
  for (let i = 0; i < json.length; i++) {
    const char = json.charCodeAt(i);
    if (char === QUOTE) i = endOfString(json, i);
    else if (OPENING.has(char)) {
      levels += 1;
      if (levels > most) return true;
    } else if (CLOSING.has(char)) levels -= 1;
  }
  return false;
}

function endOfString(json: string, from: number): number {
  let at = from + 1;
  for (let char = json.charCodeAt(at); char !== QUOTE; char = json.charCodeAt(at)) at += char === BACKSLASH ? 2 : 1;
  return at;
}

function tooDeep(): Error {
  return invalid("data", `data is nested deeper than ${MAX_LEVELS} levels`);
}
