import type { EventResource } from "../../data/events.ts";

/** One measured value and what it was before. */
export interface Value {
  readonly path: string;
  readonly latest: unknown;
  /** RFC 3339: when the latest was measured, by the device's clock where it gave it. */
  readonly at: string;
  readonly kind: "number" | "flag" | "text";
  /** It only ever was 0 or 1. */
  readonly binary: boolean;
  /** Seconds since 1970, rising; empty for texts. */
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
}

const DEEPEST = 4;
/** A longer array is one value: a waveform, not a row of readings. */
const LONGEST_ARRAY = 8;

/** When a report was measured, in ms since 1970: by the device's clock where it gave it. */
export function measuredAt({ devicetime, time }: EventResource): number {
  return Date.parse(devicetime ?? time);
}

/**
 * The values in a page of telemetry, newest first, each by its path in the report: `battery.volts`, `pins[2]`. The latest
 * is what was measured last: what a device stored while it was away comes after what it measures now.
 */
export function valuesOf(events: readonly EventResource[]): readonly Value[] {
  const found = new Map<string, { latest: unknown; at: string; measured: number; points: [number, number | null][] }>();
  for (const event of events) {
    const at = event.devicetime ?? event.time;
    const seconds = measuredAt(event) / 1_000;
    const { data } = (event.data ?? {}) as { data?: unknown };
    for (const [path, value] of leaves(data, "", 0)) {
      const one = found.get(path) ?? { latest: value, at, measured: seconds, points: [] };
      found.set(path, one);
      if (seconds > one.measured) Object.assign(one, { latest: value, at, measured: seconds });
      if (Number.isFinite(seconds)) one.points.push([seconds, plotted(value)]);
    }
  }
  return [...found].map(([path, { latest, at, points }]): Value => {
    points.sort(([a], [b]) => a - b);
    const kind = typeof latest === "number" ? "number" : typeof latest === "boolean" ? "flag" : "text";
    if (kind === "text") return { path, latest, at, kind, binary: false, times: [], values: [] };
    const binary = points.every(([, y]) => y === 0 || y === 1 || y === null);
    return { path, latest, at, kind, binary, times: points.map(([x]) => x), values: points.map(([, y]) => y) };
  });
}

function* leaves(value: unknown, path: string, depth: number): Generator<[string, unknown]> {
  const whole = depth === DEEPEST || (Array.isArray(value) && value.length > LONGEST_ARRAY);
  if (typeof value !== "object" || value === null || whole) {
    if (path !== "") yield [path, value];
  } else if (Array.isArray(value)) {
    for (const [index, one] of value.entries()) yield* leaves(one, `${path}[${index}]`, depth + 1);
  } else {
    for (const [name, one] of Object.entries(value)) yield* leaves(one, path ? `${path}.${name}` : name, depth + 1);
  }
}

function plotted(value: unknown): number | null {
  if (typeof value === "number") return value;
  return typeof value === "boolean" ? Number(value) : null;
}

const figures = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 6 });

export function shown(value: unknown): string {
  if (typeof value === "number") return figures.format(value);
  if (typeof value === "boolean") return value ? "on" : "off";
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
