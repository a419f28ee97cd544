import { duration } from "../../components/times.ts";
import type { StartTrial } from "../../data/trials.ts";
import type { UrlFormat } from "../../state/url-state.ts";

/** What is tried, kept in the URL under the names of the API; "": the default. */
export interface Settings {
  /** Durations such as `60s`. */
  readonly lease: string;
  readonly timeout: string;
  /** Moments: RFC 3339 or a FLEET sequence. */
  readonly from: string;
  readonly to: string;
  readonly group: string;
  /** The group's account. */
  readonly account: string;
  readonly device: string;
}

export const NO_SETTINGS: Settings = { lease: "", timeout: "", from: "", to: "", group: "", account: "", device: "" };

const NAMES = Object.keys(NO_SETTINGS) as (keyof Settings)[];

export const settingsFormat: UrlFormat<Settings> = {
  read(parameters) {
    const read = Object.fromEntries(NAMES.map((name) => [name, parameters.get(name)?.trim() ?? ""]));
    return { ...NO_SETTINGS, ...read };
  },
  write: (settings) => new URLSearchParams(given(settings)),
};

export function bodyOf(settings: Settings): StartTrial {
  const { lease, timeout, ...others } = given(settings);
  return { presence: { ...(lease && { lease }), ...(timeout && { timeout }) }, ...others };
}

/** Such as `Lease 60s, time-out 90s, pump-7`. */
export function settingsText({ lease, timeout, group, device }: Settings): string {
  const parts = [lease && `lease ${lease}`, timeout && `time-out ${timeout}`, device, group && `group ${group}`];
  const text = parts.filter((part) => part !== "").join(", ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Such as `1 d` for a span of a trial. */
export function spanText(from: string, to: string): string {
  return duration(Math.max(0, Date.parse(to) - Date.parse(from)));
}

function given(settings: Settings): Partial<Record<keyof Settings, string>> {
  return Object.fromEntries(NAMES.map((name) => [name, settings[name]]).filter(([, value]) => value !== ""));
}
