/** Has the zone, because touch screens show no tooltip. `dateStyle` and `timeStyle` can't be combined with a zone. */
const local = new Intl.DateTimeFormat(undefined, {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "numeric",
  minute: "numeric",
  second: "numeric",
  timeZoneName: "short",
});
const localMinute = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "numeric",
  minute: "numeric",
  timeZoneName: "short",
});
const localTime = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const localDay = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
});
/** The browser's time zone, such as `Europe/Berlin`. */
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Units with their length in ms, and the count from which each is used: 37 days rather than 1 month. */
const UNITS = [
  ["y", 31_557_600_000, 2],
  ["mo", 2_629_800_000, 2],
  ["d", 86_400_000, 1],
  ["h", 3_600_000, 1],
  ["min", 60_000, 1],
  ["s", 1_000, 1],
] as const;
/** Clocks differ a little: the recent past must not look like the future. */
const MOMENT_MS = 5_000;

/** The time since a moment or until it, such as `3 min ago`. */
export function ago(at: number, now: number): string {
  if (Math.abs(at - now) < MOMENT_MS) return "just now";
  return at < now ? `${roughly(now - at)} ago` : `in ${roughly(at - now)}`;
}

/** How long something has lasted, such as `3 min`. */
export function lasting(since: number, now: number): string {
  return now - since < MOMENT_MS ? "a moment" : roughly(now - since);
}

function roughly(ms: number): string {
  const [unit, length] = UNITS.find(([, one, least]) => ms >= one * least) ?? UNITS[5];
  return `${Math.trunc(ms / length)} ${unit}`;
}

/** At most two units: `1 h 5 min`, `3.2 s`, `140 ms`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const [days, hours, minutes] = [
    Math.floor(ms / 86_400_000),
    Math.floor(ms / 3_600_000) % 24,
    Math.floor(ms / 60_000) % 60,
  ];
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  const seconds = Math.floor(ms / 1_000) % 60;
  return seconds > 0 ? `${minutes} min ${seconds} s` : `${minutes} min`;
}

export const inLocalZone = (at: Date): string => local.format(at);
/** A time to the minute, with the day of the week. */
export const spelled = (at: Date): string => localMinute.format(at);
export const timeOfDay = (at: Date): string => localTime.format(at);
export const day = (at: Date): string => localDay.format(at);

export function exactly(at: Date): string {
  return `${local.format(at)} (${zone})\n${at.toISOString().replace("T", " ").replace("Z", " UTC")}`;
}
