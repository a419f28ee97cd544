import { nearest } from "../../nearest.ts";
import { SETTING_NAMES } from "./names.ts";
import { environmentName, PREFIX, type Setting } from "./setting.ts";
import { declarationsOf, partsOf, type Slice } from "./slice.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables in examples of the guides. The shell that starts a process may have them from a reader's attempts. */
const EXAMPLE_NAMES: ReadonlySet<string> = new Set([
  "FLEETLOG_KEY",
  "FLEETLOG_KURRENT",
  "FLEETLOG_TOKEN",
  "FLEETLOG_URL",
]);

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

/**
 * An empty value counts as not set. The result is frozen.
 * @throws SettingsError that lists every unknown FLEETLOG_ name, and every invalid value of the slice
 */
export function loadSettings<T extends object>(slice: Slice<T>, env: Environment = process.env): T {
  const declared = declarationsOf(slice);
  const problems = unknownNames(env, [...declared.keys()]);
  const values: Record<string, unknown> = {};
  for (const [key, setting] of declared) {
    const given = env[environmentName(key)];
    if (given === undefined || given === "") continue;
    const value = setting.read(given);
    if (value === undefined) problems.push(refusal(key, setting, given));
    else values[key] = value;
  }
  if (problems.length > 0) throw new SettingsError(problems);
  addFallbacks(values, declared);
  return Object.freeze(values) as T;
}

/**
 * Loads the settings, and runs the checks of the slices.
 * @throws SettingsError that lists all problems
 */
export function startSettings<T extends object>(slice: Slice<T>, env?: Environment): T {
  const settings = loadSettings(slice, env);
  const checks = [...partsOf(slice)].flatMap((part) => part.checks);
  const problems = checks.flatMap((problem) => problem(settings as never) ?? []);
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

function addFallbacks(values: Record<string, unknown>, declared: ReadonlyMap<string, Setting<unknown>>): void {
  const dependent: (() => void)[] = [];
  for (const [key, { fallback }] of declared) {
    if (key in values || fallback === undefined) continue;
    if (typeof fallback !== "function") values[key] = fallback;
    else dependent.push(() => Object.assign(values, { [key]: fallback(values) }));
  }
  for (const add of dependent) add();
}

function unknownNames(env: Environment, own: readonly string[]): string[] {
  const valid = new Set([...SETTING_NAMES, ...own.map(environmentName)]);
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !valid.has(name))
    .map((name) => {
      if (EXAMPLE_NAMES.has(name))
        return `${name} is not a setting, but a variable of examples in the guides; unset it`;
      const meant = nearest(withoutPrefix(name), [...valid].map(withoutPrefix));
      const advice = meant === undefined ? "infra/docs/settings.md lists them" : `did you mean ${PREFIX}${meant}?`;
      return `${name} is not a setting; ${advice}`;
    });
}

function withoutPrefix(name: string): string {
  return name.slice(PREFIX.length);
}

function refusal(key: string, { accepts, secret }: Setting<unknown>, given: string): string {
  const shown = secret ? "its value" : JSON.stringify(given);
  return `${environmentName(key)} can't be ${shown}; it accepts ${accepts}`;
}
