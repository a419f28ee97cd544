import { RE2JS } from "re2js";
import type { FilterOptions } from "../messages/read-request.ts";
import { refused } from "../refusals.ts";

const LONGEST_REGEX = 512;
/**
 * Maximum number of instructions of a compiled expression. Each takes at most one step for each character of a name.
 */
const LARGEST_PROGRAM = 600;
const MOST_PREFIXES = 500;
const PREFIX_CHARACTERS = 16_384;
const CACHED_TYPES = 1_000;
/** Events between two checkpoints, if the client names none. */
const WINDOW = 32;

export interface EventFilter {
  /** True if the events of this type in this stream are wanted. */
  matches(type: string, stream: string): boolean;
  /** Examined events between two checkpoints. */
  readonly checkpointEvery: number;
}

/** @throws ServerStatusError INVALID_ARGUMENT for a filter that is too large or not an expression of RE2 */
export function filterOf({ on, regex, prefixes, window, checkpointMultiplier }: FilterOptions): EventFilter {
  const test = regex === "" ? prefixTest(prefixes) : regexTest(regex);
  const checkpointEvery = Math.max(1, window ?? WINDOW) * Math.max(1, checkpointMultiplier);
  if (on === "stream") return { matches: (_, stream) => test(stream), checkpointEvery };
  const known = new Map<string, boolean>();
  return {
    checkpointEvery,
    matches(type) {
      const found = known.get(type);
      if (found !== undefined) return found;
      if (known.size >= CACHED_TYPES) known.clear();
      const result = test(type);
      known.set(type, result);
      return result;
    },
  };
}

function prefixTest(prefixes: readonly string[]): (text: string) => boolean {
  const characters = prefixes.reduce((sum, { length }) => sum + length, 0);
  if (prefixes.length > MOST_PREFIXES || characters > PREFIX_CHARACTERS)
    throw refused(
      "invalid",
      `a filter has at most ${MOST_PREFIXES} prefixes of ${PREFIX_CHARACTERS} characters together`,
    );
  return (text) => prefixes.some((prefix) => text.startsWith(prefix));
}

/** RE2 matches any expression in time linear in the length of the name. */
function regexTest(regex: string): (text: string) => boolean {
  if (regex.length > LONGEST_REGEX)
    throw refused("invalid", `a regular expression has at most ${LONGEST_REGEX} characters`);
  const compiled = compile(regex);
  if (compiled.programSize() > LARGEST_PROGRAM)
    throw refused("invalid", "the regular expression is too large; use shorter repetitions");
  return (text) => compiled.matcher(text).find();
}

function compile(regex: string): RE2JS {
  try {
    return RE2JS.compile(regex);
  } catch (error) {
    throw refused("invalid", `this is not a regular expression of RE2: ${(error as Error).message}`);
  }
}
