import { duration } from "../../components/text/times.ts";
import type { StartTrial } from "../../data/trials.ts";
import type { UrlFormat } from "../../state/url-state.ts";
import { packagesIn } from "./catalogue.ts";

export const KINDS = ["presence", "projection", "scan"] as const;
export type Kind = (typeof KINDS)[number];

/** What is tried, kept in the URL under the names of the API; "": the default. */
export interface Settings {
  /** Default: presence. */
  readonly try: "" | Kind;
  /** Durations such as `60s`. */
  readonly lease: string;
  readonly timeout: string;
  /** JavaScript of a projection. */
  readonly code: string;
  /** Categories of the projection's events, separated by commas. */
  readonly categories: string;
  /** The catalogue that is replaced in a trial of a scan; "": all. */
  readonly catalogue: string;
  /** JSON of the catalogue that is tried. */
  readonly packages: string;
  /** Moments: RFC 3339 or a FLEET sequence. */
  readonly from: string;
  readonly to: string;
  readonly group: string;
  /** The group's account. */
  readonly account: string;
  readonly device: string;
}

export const NO_SETTINGS: Settings = {
  ...{ try: "", lease: "", timeout: "", code: "", categories: "", catalogue: "", packages: "" },
  ...{ from: "", to: "", group: "", account: "", device: "" },
};

const NAMES = Object.keys(NO_SETTINGS) as (keyof Settings)[];
/** Maximum length of settings in an address: servers and proxies refuse addresses that are much longer. */
const LONGEST_IN_URL = 4_000;

export const settingsFormat: UrlFormat<Settings> = {
  read(parameters) {
    const read = Object.fromEntries(NAMES.map((name) => [name, parameters.get(name)?.trim() ?? ""]));
    const known = KINDS.find((one) => one === read.try) ?? "";
    return { ...NO_SETTINGS, ...read, try: known };
  },
  write(settings) {
    const written = new URLSearchParams(given(settings));
    if (written.toString().length > LONGEST_IN_URL) for (const name of ["code", "packages"]) written.delete(name);
    return written;
  },
};

export function kindOf(settings: Settings): Kind {
  return settings.try || "presence";
}

/** @throws RangeError if the catalogue can't be read */
export function bodyOf(settings: Settings): StartTrial {
  const { try: _, lease, timeout, code, categories, catalogue, packages = "", ...others } = given(settings);
  if (kindOf(settings) === "scan") {
    return { scan: { ...(catalogue && { catalogue }), packages: packagesIn(packages) }, ...others };
  }
  if (kindOf(settings) === "presence") {
    return { presence: { ...(lease && { lease }), ...(timeout && { timeout }) }, ...others };
  }
  const some = listOf(categories) as NonNullable<NonNullable<StartTrial["projection"]>["categories"]>;
  return { projection: { code: code ?? "", ...(some.length > 0 && { categories: some }) }, ...others };
}

/**
 * The settings in short, such as `Lease 60s, time-out 90s, pump-7`. For a projection, they begin with its first line if
 * that line is a comment.
 */
export function settingsText(settings: Settings): string {
  const { lease, timeout, code, categories, catalogue, group, device } = settings;
  const own = {
    presence: () => [lease && `lease ${lease}`, timeout && `time-out ${timeout}`],
    projection: () => [
      /^\s*\/\/\s*(.{1,80})/.exec(code)?.[1]?.trim() ?? "projection",
      listOf(categories).join(" and "),
    ],
    scan: () => [catalogue ? `another ${catalogue}` : "another catalogue"],
  }[kindOf(settings)]();
  const text = [...own, device, group && `group ${group}`].filter((part) => part !== "").join(", ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** The length of a trial's span, such as `1 d`. */
export function spanText(from: string, to: string): string {
  return duration(Math.max(0, Date.parse(to) - Date.parse(from)));
}

function listOf(categories = ""): string[] {
  return [...new Set(categories.split(/[\s,]+/).filter((one) => one !== ""))];
}

function given(settings: Settings): Partial<Record<keyof Settings, string>> {
  return Object.fromEntries(NAMES.map((name) => [name, settings[name]]).filter(([, value]) => value !== ""));
}
