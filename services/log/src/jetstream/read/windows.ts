import type { StreamName } from "@fleetlog/domain";
import type { ReadQuery } from "../../log.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { BackwardsPages } from "./backwards.ts";
import { type ChosenEntry, windowOfIds } from "./chosen-ids.ts";
import type { StartAt } from "./consumer.ts";
import type { FetchedEntry, Fetcher } from "./fetch.ts";
import type { BoundedFilter } from "./plan.ts";

/**
 * The smallest and the largest number of entries of a window. While the reader takes a window of the largest size, the
 * next one is fetched.
 */
export const WINDOW_ENTRIES = [256, 4_096] as const;
export const WINDOW_BYTES = 2 * 1024 * 1024;

interface Found {
  readonly entries: readonly ChosenEntry[];
  /** The entries contain every match up to this sequence. */
  readonly through: number;
}

/** Reads the entries of several filters together, in order, window by window. */
export class Windows {
  readonly #connection: ServerConnection;
  readonly #fetcher: Fetcher;
  readonly #replicas: (stream: StreamName) => number;

  constructor(connection: ServerConnection, fetcher: Fetcher, replicas: (stream: StreamName) => number) {
    this.#connection = connection;
    this.#fetcher = fetcher;
    this.#replicas = replicas;
  }

  /** The entries from the start of the query on. @param lastSeq the last sequence of the stream that the read covers */
  async *forwards(
    query: ReadQuery,
    filters: readonly BoundedFilter[],
    lastSeq: number,
  ): AsyncGenerator<readonly ChosenEntry[]> {
    const { fromSeq = 1, fromTime, limit = Number.POSITIVE_INFINITY } = query;
    let start: StartAt = fromTime === undefined ? { seq: fromSeq } : { time: fromTime };
    let maxEntries = Math.min(limit, WINDOW_ENTRIES[0]);
    let ahead: Promise<Found | undefined> | undefined;
    for (;;) {
      const found = await (ahead ?? this.#fetch(query, filters, start, maxEntries, lastSeq));
      if (found === undefined) return;
      const { entries, through } = found;
      // For a time after the last entry, nats-server 2.9 starts with the stream's first entry.
      if ("time" in start && (entries[0]?.info.storedAt ?? 0) < Math.floor(Date.parse(start.time))) return;
      if (through >= lastSeq) {
        yield entries;
        return;
      }
      start = { seq: through + 1 };
      const isLong = maxEntries === WINDOW_ENTRIES[1] && query.limit === undefined;
      maxEntries = Math.min(maxEntries * 4, WINDOW_ENTRIES[1]);
      ahead = isLong ? this.#fetch(query, filters, start, maxEntries, lastSeq) : undefined;
      // If the read ends early, nothing awaits this request, and its error is ignored.
      ahead?.catch(() => {});
      yield entries;
    }
  }

  async #fetch(
    { stream, ids }: ReadQuery,
    filters: readonly BoundedFilter[],
    start: StartAt,
    maxEntries: number,
    lastSeq: number,
  ): Promise<Found | undefined> {
    const remaining = filters.filter((filter) => !("seq" in start) || filter.lastSeq >= start.seq);
    if (remaining.length === 0) return undefined;
    const limits = { maxEntries, maxBytes: WINDOW_BYTES };
    const fetches = await Promise.all(
      remaining.map(({ filter, matches, lastSeq: upTo, lastMatch }) => {
        const whole = filter === undefined && this.#replicas(stream) > 1;
        const options = { stream, filter, matches, lastMatch, whole, start, upTo, ...limits };
        return ids === undefined
          ? this.#fetcher.window(options)
          : windowOfIds(this.#connection, this.#fetcher, options, ids);
      }),
    );
    return merge(fetches, remaining, lastSeq);
  }

  /** The entries from the start of the query on, the newest first. */
  async *backwards(
    query: ReadQuery,
    filters: readonly BoundedFilter[],
    state: { readonly firstSeq: number; readonly lastSeq: number },
  ): AsyncGenerator<readonly FetchedEntry[]> {
    const { firstSeq, lastSeq } = state;
    const pages = new BackwardsPages(this.#fetcher, query.stream, firstSeq, lastSeq, this.#replicas(query.stream) > 1);
    const limit = query.ids === undefined ? query.limit : undefined;
    const size = Math.min(limit ?? WINDOW_ENTRIES[1], WINDOW_ENTRIES[1]);
    for (let from = Math.min(query.fromSeq ?? state.lastSeq, state.lastSeq); from >= state.firstSeq; ) {
      const to = from;
      const found = await Promise.all(filters.map((filter) => pages.before(filter, to, size)));
      // A page has all matches of its filter down to its floor. So from the highest floor on, no match is missing.
      const floor = Math.max(0, ...found.map((page) => page.floor));
      yield found
        .flatMap(({ entries }) => entries)
        .filter(({ info }) => info.seq >= floor)
        .sort((a, b) => b.info.seq - a.info.seq);
      from = floor - 1;
    }
  }
}

function merge(fetches: readonly Found[], filters: readonly BoundedFilter[], lastSeq: number): Found {
  const [only, other] = fetches;
  if (only !== undefined && other === undefined) {
    return { entries: only.entries, through: only.through >= (filters[0]?.lastSeq ?? 0) ? lastSeq : only.through };
  }
  const ends = fetches.map(({ through }, i) => (through >= (filters[i]?.lastSeq ?? 0) ? lastSeq : through));
  const through = Math.min(...ends);
  const entries = fetches
    .flatMap((fetch) => fetch.entries)
    .filter(({ info }) => info.seq <= through)
    .sort((a, b) => a.info.seq - b.info.seq);
  return { entries, through };
}
