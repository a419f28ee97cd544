const DURATIONS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZES = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824, TiB: 1_099_511_627_776 } as const;

/** A schema pattern of the texts that {@link parseDuration} reads. */
export const DURATION_PATTERN = "^[0-9]{1,15}(?:\\.[0-9]{1,6})?(?:ms|s|m|h|d)$";

/** Milliseconds; undefined without one of the units ms, s, m, h, d. */
export function parseDuration(text: string): number | undefined {
  return parse(text, DURATIONS);
}

/** The duration in the largest unit of which it is a multiple: 90,000 is `90s`. */
export function formatDuration(milliseconds: number): string {
  return format(milliseconds, DURATIONS);
}

/** Bytes; a number without a unit is in bytes. */
export function parseSize(text: string): number | undefined {
  return parse(/^\d+$/.test(text) ? `${text}B` : text, SIZES);
}

/** The size in the largest unit of which it is a multiple: 1,536 is `1536B`. */
export function formatSize(bytes: number): string {
  return format(bytes, SIZES);
}

function parse(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, number, unit] = /^(\d{1,15}(?:\.\d{1,6})?)([A-Za-z]+)$/.exec(text) ?? [];
  const factor = unit === undefined || !Object.hasOwn(units, unit) ? undefined : units[unit];
  return factor === undefined ? undefined : Math.round(Number(number) * factor);
}

function format(value: number, units: Readonly<Record<string, number>>): string {
  const [smallest] = Object.keys(units);
  const largest = Object.entries(units).findLast(([, factor]) => value !== 0 && value % factor === 0);
  return largest === undefined ? `${value}${smallest}` : `${value / largest[1]}${largest[0]}`;
}
