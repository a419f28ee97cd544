import { nearest } from "@fleetlog/runtime";
import type { TSchema } from "typebox";
import { Check } from "typebox/value";
import type { Annotations } from "./kinds.ts";
import { environmentName, PREFIX, Settings } from "./schema.ts";

/** Texts by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that is wrong with the settings, one line each. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const [only, ...others] = problems;
    const all = `The settings are not valid:\n${problems.map((problem) => `  ${problem}`).join("\n")}`;
    super(others.length === 0 && only !== undefined ? only : all);
    this.problems = problems;
  }
}

const properties = Settings.properties as unknown as Record<string, TSchema & Annotations>;
const names = new Map(Object.keys(properties).map((key) => [environmentName(key), key]));
const required = new Set(Settings.required as readonly string[]);

/**
 * The settings of an environment, whole and checked. An empty text is as good as none.
 * @param fallback values of settings whose default depends on the machine, from those already read
 * @throws SettingsError that lists every bad name and value
 */
export function parseSettings(env: Environment, fallback: (read: Settings) => Partial<Settings>): Settings {
  const problems = unknownNames(env);
  const values: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(properties)) {
    const given = env[environmentName(key)];
    const value = given === undefined || given === "" ? schema.default : schema.read(given);
    if (given !== undefined && given !== "" && !Check(schema, value)) problems.push(refusal(key, schema, given));
    else if (value !== undefined) values[key] = value;
  }
  if (problems.length > 0) throw new SettingsError(problems);
  const settings = { ...fallback(values as Settings), ...values };
  const missing = [...required].filter((key) => !(key in settings));
  if (missing.length > 0) throw new SettingsError(missing.map((key) => `${environmentName(key)} is needed`));
  return Object.freeze(settings as Settings);
}

function unknownNames(env: Environment): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !names.has(name))
    .map((name) => {
      // What all names have in common would make any two of them near.
      const meant = nearest(withoutPrefix(name), [...names.keys()].map(withoutPrefix));
      const advice = meant === undefined ? "README.md lists them" : `did you mean ${PREFIX}${meant}?`;
      return `${name} is not a setting; ${advice}`;
    });
}

function withoutPrefix(name: string): string {
  return name.slice(PREFIX.length);
}

function refusal(key: string, schema: Annotations, given: string): string {
  const shown = schema.secret ? "what it is set to" : JSON.stringify(given);
  return `${environmentName(key)} can't be ${shown}; it accepts ${schema.accepts}`;
}
