import type { Bucket } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type from "typebox";

const Entry = Type.Object({
  /** The day of the count, such as `2026-01-31`. */
  day: Type.String(),
  count: Type.Integer(),
  /** Something was refused on this day. */
  refused: Type.Boolean(),
});
const checkEntry = checker(Entry);

const DAY_MS = 86_400_000;

/** `first-refused` once a day for each key. */
export type Counted = "counted" | "first-refused" | "refused";

/** Counts by key and day (UTC), for all nodes. The bucket must keep its entries for a day. */
export class DailyCounts {
  readonly #bucket: () => Promise<Bucket>;
  readonly #clock: () => number;

  constructor(bucket: () => Promise<Bucket>, clock: () => number) {
    this.#bucket = bucket;
    this.#clock = clock;
  }

  /** Subtracts one from today's count. */
  async takeBack(key: string): Promise<void> {
    const bucket = await this.#bucket();
    for (;;) {
      const { found, ...entry } = await this.#today(bucket, key);
      if (found === undefined || entry.count === 0) return;
      const stored = await bucket.update(key, { ...entry, count: entry.count - 1 }, found.revision);
      if (stored !== undefined) return;
    }
  }

  /** Adds one if the count of today is less than `most`. Rejects with `log-unavailable` while the store is away. */
  async add(key: string, most: number): Promise<Counted> {
    const bucket = await this.#bucket();
    for (;;) {
      const { found, day, count, refused } = await this.#today(bucket, key);
      const isAllowed = count < most;
      if (!isAllowed && refused) return "refused";
      const entry = isAllowed ? { day, count: count + 1, refused } : { day, count, refused: true };
      const stored =
        found === undefined ? await bucket.create(key, entry) : await bucket.update(key, entry, found.revision);
      if (stored !== undefined) return isAllowed ? "counted" : "first-refused";
    }
  }

  async #today(bucket: Bucket, key: string) {
    const found = await bucket.get(key);
    const now = this.#clock();
    const day = dayOf(now);
    const checked = checkEntry(found?.value);
    // Another node may already count the next day. Nodes with different clocks must not reset the count in turns.
    const isToday = checked.ok && [day, dayOf(now + DAY_MS)].includes(checked.value.day);
    return isToday ? { found, ...checked.value } : { found, day, count: 0, refused: false };
  }
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, "2026-01-31".length);
}
