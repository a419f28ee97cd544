import { formatDuration, formatSize, parseDuration, parseSize } from "../../units.ts";
import { isGuessable, LEAST } from "./guessable.ts";
import type { Setting } from "./setting.ts";

export function port(usual: number, description: string): Setting<number> {
  return integer(usual, [0, 65_535], description);
}

/** A port that is closed if the setting is not given. */
export function optionalPort(description: string): Setting<number | undefined> {
  const { accepts, read } = port(0, description);
  return { description, accepts, fallback: undefined, read };
}

export type PortOrOff = number | "off";

export function portOrOff(usual: number, description: string): Setting<PortOrOff> {
  const number = port(usual, description);
  return {
    ...number,
    accepts: `${number.accepts}, or off`,
    read: (text) => (text === "off" ? text : number.read(text)),
  };
}

export function integer(usual: number, [min, max]: readonly [number, number], description: string): Setting<number> {
  return ranged(usual, min, max, description, readInteger, String);
}

/** A duration in milliseconds. */
export function duration(usual: string, [min, max]: readonly [string, string], description: string): Setting<number> {
  return measured(usual, min, max, description, parseDuration, formatDuration);
}

/** A size in bytes. */
export function size(usual: string, [min, max]: readonly [string, string], description: string): Setting<number> {
  return measured(usual, min, max, description, parseSize, formatSize);
}

export function choice<const T extends readonly string[]>(
  words: T,
  usual: T[number],
  description: string,
): Setting<T[number]> {
  return {
    description,
    accepts: words.join(", "),
    defaultText: usual,
    fallback: usual,
    read: (text) => (words.includes(text) ? text : undefined),
  };
}

interface TextAbout {
  readonly description: string;
  readonly accepts: string;
  readonly secret?: boolean;
}

export function text(
  pattern: RegExp,
  about: TextAbout & Pick<Setting<string>, "defaultText" | "fallback">,
): Setting<string> {
  const { fallback } = about;
  return {
    ...about,
    ...(typeof fallback === "string" && { defaultText: fallback }),
    read: (given) => (pattern.test(given) ? given : undefined),
  };
}

export function optionalText(
  pattern: RegExp,
  about: TextAbout & Pick<Setting<string>, "defaultText">,
): Setting<string | undefined> {
  return { ...about, fallback: undefined, read: (given) => (pattern.test(given) ? given : undefined) };
}

const PATH = /^\S(?:.*\S)?$/;

export function path(usual: string, description: string): Setting<string> {
  return text(PATH, { description, accepts: "a path", fallback: usual });
}

export function optionalPath(description: string): Setting<string | undefined> {
  return optionalText(PATH, { description, accepts: "a path" });
}

export const NAME = { pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, accepts: "letters, digits, _ and -, at most 64" };

const TOKEN = /^[\x21-\x7e]{16,512}$/;

/** A sign-in token that can't be guessed. */
export function optionalToken(about: Omit<TextAbout, "accepts"> & Pick<Setting<string>, "defaultText">) {
  return {
    ...about,
    accepts: "16 to 512 printable characters without spaces, other than default words such as changeme, or repetitions",
    fallback: undefined,
    read: (given) => (TOKEN.test(given) && !isGuessable(given) ? given : undefined),
  } satisfies Setting<string | undefined>;
}

const SECRET = /^[\x21-\x7e]{1,512}$/;

/** A password or key that another system has given, which can't be guessed. */
export function optionalSecret(description: string): Setting<string | undefined> {
  return {
    description,
    accepts: `${LEAST} to 512 printable characters without spaces, other than default words such as changeme, or repetitions`,
    secret: true,
    fallback: undefined,
    read: (given) => (SECRET.test(given) && !isGuessable(given) ? given : undefined),
  };
}

function measured(
  usual: string,
  min: string,
  max: string,
  description: string,
  read: (text: string) => number | undefined,
  write: (value: number) => string,
): Setting<number> {
  const [value, least, most] = [usual, min, max].map((each) => read(each) ?? Number.NaN) as [number, number, number];
  return ranged(value, least, most, description, read, write);
}

function ranged(
  usual: number,
  min: number,
  max: number,
  description: string,
  read: (text: string) => number | undefined,
  write: (value: number) => string,
): Setting<number> {
  return {
    description,
    accepts: `${write(min)} to ${write(max)}`,
    defaultText: write(usual),
    fallback: usual,
    read(text) {
      const value = read(text);
      return value !== undefined && value >= min && value <= max ? value : undefined;
    },
  };
}

function readInteger(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
