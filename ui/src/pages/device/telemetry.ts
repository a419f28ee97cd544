import { type EventResource, happened } from "../../data/events.ts";

/** One measured value with its history. */
export interface Value {
  readonly path: string;
  readonly latest: unknown;
  /** The unit as the device reports it; "": none. */
  readonly unit: string;
  /** When the latest value was measured, in ms since 1970. */
  readonly at: number;
  readonly kind: "number" | "flag" | "text";
  readonly binary: boolean;
  /** When each of `values` was measured: seconds since 1970, ascending; empty for texts. */
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
}

export const MAX_VALUES = 200;
/** Values read from one report, which may have any number. */
const MAX_LEAVES = 2_000;
const byPath = new Intl.Collator("en", { numeric: true });
const DEEPEST = 4;
/** A longer array, such as a waveform, is one value. */
const LONGEST_ARRAY = 8;

/**
 * The values in telemetry events, ordered by path in the report: `battery.volts`, `pins[2]`. `latest` is the value
 * measured last, which may be in an older event: devices send stored reports late.
 * @param events newest first
 * @param leftOut a member of the reports that is not a measured value
 */
export function valuesOf(events: readonly EventResource[], leftOut = ""): readonly Value[] {
  const found = new Map<string, Found>();
  for (const event of events) {
    const { at } = happened(event);
    const { data } = (event.data ?? {}) as { data?: unknown };
    const isMeasured = (path: string) => leftOut === "" || !path.startsWith(`${leftOut}.`);
    let left = MAX_LEAVES;
    for (const [path, value, unit = ""] of leaves(data, "", 0)) {
      if (left-- === 0) break;
      if (!isMeasured(path)) continue;
      if (found.size === MAX_VALUES && !found.has(path)) continue;
      const one = found.get(path) ?? { latest: value, sample: value, unit, at, points: [] };
      found.set(path, one);
      one.sample ??= value;
      if (at > one.at) Object.assign(one, { latest: value, unit, at });
      one.points.push([at / 1_000, plotted(value)]);
    }
  }
  const sorted = [...found].sort(([a], [b]) => byPath.compare(a, b));
  return sorted.map(([path, { latest, sample, unit, at, points }]): Value => {
    points.sort(([a], [b]) => a - b);
    // A failing sensor may report null as its latest value; then another value decides the kind.
    const known = latest ?? sample;
    const kind = typeof known === "number" ? "number" : typeof known === "boolean" ? "flag" : "text";
    if (kind === "text") return { path, latest, unit, at, kind, binary: false, times: [], values: [] };
    const binary = kind === "flag" || points.every(([, y]) => y === 0 || y === 1 || y === null);
    return { path, latest, unit, at, kind, binary, times: points.map(([x]) => x), values: points.map(([, y]) => y) };
  });
}

/** The latest values in their places on the page. New values come last. Values missing in `latest` stay. */
export function inPlace(shown: readonly Value[], latest: readonly Value[]): readonly Value[] {
  const left = new Map(latest.map((value) => [value.path, value]));
  const kept = shown.map((value) => {
    const newer = left.get(value.path);
    left.delete(value.path);
    return newer ?? value;
  });
  return [...kept, ...left.values()].slice(0, MAX_VALUES);
}

interface Found {
  readonly latest: unknown;
  /** Any value except null; decides the kind if `latest` is null. */
  sample: unknown;
  readonly unit: string;
  readonly at: number;
  readonly points: [number, number | null][];
}

function* leaves(value: unknown, path: string, depth: number): Generator<[string, unknown, string?]> {
  const measured = path === "" ? undefined : withUnit(value);
  if (measured !== undefined) {
    yield [path, ...measured];
    return;
  }
  const whole = depth === DEEPEST || (Array.isArray(value) && value.length > LONGEST_ARRAY);
  if (typeof value !== "object" || value === null || whole) {
    if (path !== "") yield [path, value];
  } else if (Array.isArray(value)) {
    for (const [index, one] of value.entries()) yield* leaves(one, `${path}[${index}]`, depth + 1);
  } else {
    for (const [name, one] of Object.entries(value)) yield* leaves(one, path ? `${path}.${name}` : name, depth + 1);
  }
}

/** `{"value": 21.5, "unit": "°C"}` is one value. */
function withUnit(given: unknown): [unknown, string] | undefined {
  if (typeof given !== "object" || given === null || Object.keys(given).length !== 2) return undefined;
  const { value, unit } = given as { readonly value?: unknown; readonly unit?: unknown };
  const plain = value === null || (value !== undefined && typeof value !== "object");
  return plain && typeof unit === "string" ? [value, unit] : undefined;
}

function plotted(value: unknown): number | null {
  if (typeof value === "number") return value;
  return typeof value === "boolean" ? Number(value) : null;
}

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const figures = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 6 });
const powers = new Intl.NumberFormat(undefined, { notation: "scientific", maximumSignificantDigits: 6 });
/** Numbers outside these bounds are shown with a power of ten. */
const MOST = 1e15;
const LEAST = 1e-4;

/** Six digits suffice for a measurement; counters are exact, so all digits before the point are shown. */
export function shownNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= MOST || (size > 0 && size < LEAST)) return powers.format(value);
  return (size >= 100_000 ? whole : figures).format(value === 0 ? 0 : value);
}

export function shown(value: unknown): string {
  if (typeof value === "number") return shownNumber(value);
  if (typeof value === "boolean") return value ? "on" : "off";
  return typeof value === "string" && value !== "" ? value : (JSON.stringify(value) ?? "");
}
