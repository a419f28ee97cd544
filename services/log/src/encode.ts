import { type FleetEvent, invalid } from "@fleetlog/domain";

/**
 * Arrays and objects in one another. JSON.parse takes any depth, but what writes a value again is recursive: at some
 * 4,400 levels V8 runs out of stack, a few levels sooner wherever the stack is fuller. What one process could still
 * write, another that reads it could not; so the log takes far less.
 */
export const MAX_LEVELS = 256;

/**
 * An event as it stands in the log.
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
  // Each level takes two characters: nearly every event is too short to be looked at.
  if (json.length > 2 * MAX_LEVELS && isTooDeep(json)) throw tooDeep();
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
    if (char === QUOTE) i = endOfText(json, i);
    else if (OPENING.has(char)) {
      levels += 1;
      if (levels > MAX_LEVELS) return true;
    } else if (CLOSING.has(char)) levels -= 1;
  }
  return false;
}

/** Where the text ends that begins there. */
function endOfText(json: string, from: number): number {
  let at = from + 1;
  for (let char = json.charCodeAt(at); char !== QUOTE; char = json.charCodeAt(at)) at += char === BACKSLASH ? 2 : 1;
  return at;
}

function tooDeep(): Error {
  return invalid("data", `data is nested deeper than ${MAX_LEVELS} levels`);
}
