const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Spans of the slider, all of which end now: length and usual step in ms. The last is as long as the history. */
export const SPANS = [
  { key: "1h", text: "Last hour", length: HOUR, step: 10_000 },
  { key: "24h", text: "Last 24 hours", length: DAY, step: MINUTE },
  { key: "7d", text: "Last 7 days", length: 7 * DAY, step: 10 * MINUTE },
  { key: "30d", text: "Last 30 days", length: 30 * DAY, step: HOUR },
  { key: "all", text: "All history", length: Number.POSITIVE_INFINITY, step: HOUR },
] as const;
export type SpanKey = (typeof SPANS)[number]["key"];

/** What the slider shows, in ms since 1970. */
export interface Span {
  readonly key: SpanKey;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

const LEAST_STEPS = 100;
const MOST_STEPS = 2_000;

/**
 * The chosen span, or the next longer span that contains the moment.
 * @param first the log's first moment; undefined: not known
 */
export function spanOf(chosen: SpanKey, at: number | undefined, now: number, first: number | undefined): Span {
  const begin = Math.min(first ?? now - 30 * DAY, now - MINUTE);
  const fits = ({ length }: (typeof SPANS)[number]) => at === undefined || at >= now - length;
  const index = SPANS.findIndex(({ key }) => key === chosen);
  const span = SPANS.slice(index).find(fits) ?? SPANS[4];
  const from = Math.min(Math.max(begin, now - span.length), at ?? now);
  // Steps of equal length: browsers let a slider reach its end only if that is a whole number of steps away.
  const steps = Math.min(Math.max(Math.round((now - from) / span.step), LEAST_STEPS), MOST_STEPS);
  return { key: span.key, from, to: now, step: (now - from) / steps };
}

/** Time in whole seconds, as URLs have it. */
export function atOf(time: number): string {
  return new Date(Math.floor(time / 1_000) * 1_000).toISOString().replace(".000", "");
}

/**
 * The moment that is `by` ms later; undefined: the present.
 * @param shown in ms since 1970; undefined: the present
 */
export function stepped(shown: number | undefined, by: number, now: number): string | undefined {
  const time = (shown ?? now) + by;
  return time >= now ? undefined : atOf(time);
}

/** Local value of a datetime field with seconds. */
export function toField(time: number): string {
  const at = new Date(time);
  return new Date(time - at.getTimezoneOffset() * MINUTE).toISOString().slice(0, 19);
}
