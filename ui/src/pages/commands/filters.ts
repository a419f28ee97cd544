import { COMMAND_STATES, type CommandState, isOpen, type ListCommandsQuery } from "../../data/commands.ts";
import type { UrlFormat } from "../../state/url-state.ts";

/** The filters of the list, kept in the URL. */
export interface Filters {
  /** In the order of {@link COMMAND_STATES}; empty: no filter. */
  readonly states: readonly CommandState[];
  /** A complete device id; "": no filter. */
  readonly device: string;
  /** Words of the device's id, name, model, serial or tags; "": no filter. */
  readonly search: string;
  /** The beginning of the command's name; "": no filter. */
  readonly name: string;
  /** A complete operator id; "": no filter. */
  readonly by: string;
  /** A key of {@link PERIODS}; "": `since` and `until` apply. */
  readonly period: keyof typeof PERIODS | "";
  /** Time of issue in UTC (RFC 3339); `since` is included, `until` is not; "": no filter. */
  readonly since: string;
  readonly until: string;
}

const HOUR = 3_600_000;
export const PERIODS = {
  "1h": { text: "Issued in the last hour", ms: HOUR },
  "24h": { text: "Issued in the last 24 h", ms: 24 * HOUR },
  "7d": { text: "Issued in the last 7 days", ms: 7 * 24 * HOUR },
} as const;

export const NO_FILTERS: Filters = {
  states: [],
  device: "",
  search: "",
  name: "",
  by: "",
  period: "",
  since: "",
  until: "",
};
/** The gateway refuses any other text as a command name. */
const NAME = /^[A-Za-z0-9_.:-]{1,128}$/;
export const OPEN: readonly CommandState[] = COMMAND_STATES.filter((state) => isOpen({ state }));
export const ENDED: readonly CommandState[] = COMMAND_STATES.filter((state) => !isOpen({ state }));

/** Names for several states, here and in the API. */
const NAMED: Readonly<Record<string, readonly CommandState[]>> = { open: OPEN, ended: ENDED };

export const filterFormat: UrlFormat<Filters> = {
  read(parameters) {
    const text = (name: string): string => parameters.get(name)?.trim() ?? "";
    const given = new Set(
      (parameters.get("state") ?? "").split(",").flatMap((one) => NAMED[one] ?? [one as CommandState]),
    );
    const states = COMMAND_STATES.filter((state) => given.has(state));
    return {
      states: states.length === COMMAND_STATES.length ? [] : states,
      device: text("device"),
      search: text("search"),
      name: text("name"),
      by: text("by"),
      period: Object.hasOwn(PERIODS, text("period")) ? (text("period") as Filters["period"]) : "",
      since: moment(text("since")),
      until: moment(text("until")),
    };
  },
  write({ states, ...texts }) {
    const state = nameOf(states) ?? states.join(",");
    return new URLSearchParams(Object.entries({ state, ...texts }).filter(([, value]) => value !== ""));
  },
};

/** `open` or `ended`, if it stands for exactly these states. */
export function nameOf(states: readonly CommandState[]): string | undefined {
  return Object.keys(NAMED).find((name) => NAMED[name]?.join() === states.join());
}

/** Adds or removes the state. Empty instead of all states: both mean no filter. */
export function toggled(states: readonly CommandState[], one: CommandState): readonly CommandState[] {
  const next = COMMAND_STATES.filter((state) => (state === one) !== states.includes(state));
  return next.length === COMMAND_STATES.length ? [] : next;
}

export function isFiltered(filters: Filters): boolean {
  return filterFormat.write(filters).size > 0;
}

/** @param now ms since 1970 */
export function toQuery({ states, name, period, since, until, ...texts }: Filters, now: number): ListCommandsQuery {
  const { device, search, by } = texts;
  const from = period === "" ? since : new Date(now - PERIODS[period].ms).toISOString();
  return {
    ...(states.length > 0 && { state: [...states] }),
    ...(device && { device }),
    ...(search && { search }),
    ...(NAME.test(name) && { name: `${name}*` }),
    ...(by && { by }),
    ...(from && { since: from }),
    ...(until && { until }),
  };
}

function moment(text: string): string {
  const at = Date.parse(text);
  return text === "" || Number.isNaN(at) ? "" : new Date(at).toISOString();
}
