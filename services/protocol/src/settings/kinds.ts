import { formatDuration, formatSize, parseDuration, parseSize } from "@fleetlog/runtime";
import Type, { type TInteger, type TString } from "typebox";

/**
 * What a setting's schema carries beside its JSON Schema keywords: how its text is read, and how people are told what
 * it accepts and what it is unless given.
 */
export interface Annotations {
  readonly description: string;
  readonly accepts: string;
  /** The default as people write it; absent where there is none. */
  readonly defaultText?: string;
  readonly default?: unknown;
  /** Secrets are never repeated in an error. */
  readonly secret?: boolean;
  /** The text of the environment to the value to be checked; undefined when it can't be read. */
  readonly read: (text: string) => unknown;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** A TCP port; 0 takes a free one. */
export function port(number: number, description: string): TInteger {
  return integer(number, { min: 0, max: 65_535 }, description);
}

/** A whole number. */
export function integer(number: number, range: Range, description: string): TInteger {
  return ranged(number, range, description, readInteger, String);
}

/** A length of time, held in milliseconds. */
export function duration(text: string, [min, max]: readonly [string, string], description: string): TInteger {
  return measured(text, min, max, description, parseDuration, formatDuration);
}

/** An amount of bytes. */
export function size(text: string, [min, max]: readonly [string, string], description: string): TInteger {
  return measured(text, min, max, description, parseSize, formatSize);
}

/** One of a few words. */
export function choice<const T extends readonly string[]>(words: T, usual: T[number], description: string) {
  const annotations: Annotations = {
    description,
    accepts: words.join(", "),
    defaultText: usual,
    read: (text) => text,
  };
  return Type.Enum([...words] as { -readonly [K in keyof T]: T[K] }, { ...annotations, default: usual });
}

/** Text of a pattern that is put in words by `accepts`. */
export function text(pattern: string, about: Omit<Annotations, "read"> & { readonly default?: string }): TString {
  const defaultText = about.defaultText ?? about.default;
  const read = (value: string) => value;
  return Type.String({ ...about, pattern, read, ...(defaultText === undefined ? {} : { defaultText }) });
}

function measured(
  usual: string,
  min: string,
  max: string,
  description: string,
  read: (text: string) => number | undefined,
  write: (value: number) => string,
): TInteger {
  const [value, least, most] = [usual, min, max].map((each) => read(each) ?? Number.NaN) as [number, number, number];
  return ranged(value, { min: least, max: most }, description, read, write);
}

function ranged(
  usual: number,
  { min, max }: Range,
  description: string,
  read: (text: string) => number | undefined,
  write: (value: number) => string,
): TInteger {
  const annotations: Annotations = {
    description,
    accepts: `${write(min)} to ${write(max)}`,
    defaultText: write(usual),
    read,
  };
  return Type.Integer({ ...annotations, default: usual, minimum: min, maximum: max });
}

function readInteger(value: string): number | undefined {
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
