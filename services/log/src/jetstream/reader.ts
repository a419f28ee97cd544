import type { RecordedEvent, StreamName } from "@fleetlog/domain";
import { decodeEvent } from "../decode.ts";
import type { ReadQuery } from "../log.ts";
import { checkQuery } from "../query.ts";
import { BackwardsPages } from "./backwards.ts";
import type { StartAt } from "./consumer.ts";
import { lastMessage } from "./direct.ts";
import type { Fetch, FetchedEntry, Fetcher } from "./fetch.ts";
import type { Link } from "./link.ts";
import { type BoundedFilter, planRead } from "./plan.ts";
import { streamState } from "./streams.ts";

/**
 * Maximum entries of a read's first window, which is small so that a small page costs little, and of its largest
 * window.
 */
const WINDOW_ENTRIES = [256, 4_096] as const;
const WINDOW_BYTES = 2 * 1024 * 1024;

/** Reads in windows. Between two windows it keeps nothing in the server. */
export class Reader {
  readonly #link: Link;
  readonly #fetcher: Fetcher;
  readonly #replicas: (stream: StreamName) => number;
  readonly #onSkipped: (fetched: FetchedEntry) => void;

  constructor(
    link: Link,
    fetcher: Fetcher,
    replicas: (stream: StreamName) => number,
    onSkipped: (fetched: FetchedEntry) => void,
  ) {
    this.#link = link;
    this.#fetcher = fetcher;
    this.#replicas = replicas;
    this.#onSkipped = onSkipped;
  }

  async *read(query: ReadQuery): AsyncGenerator<RecordedEvent> {
    checkQuery(query);
    const filters = planRead(this.#link.capabilities, query);
    if (query.limit === 0) return;
    const [state, lastSeqs] = await Promise.all([
      streamState(this.#link, query.stream),
      Promise.all(filters.map(({ filter }) => this.#lastSeqOf(query.stream, filter))),
    ]);
    if (state.events === 0) return;
    // If the last entry of a subject is known, the read ends there; a subject without entries is not read at all.
    const bounded = filters.flatMap((filter, i) => {
      const lastSeq = lastSeqs[i] ?? state.lastSeq;
      return lastSeq === 0 ? [] : [{ ...filter, lastSeq: Math.min(lastSeq, state.lastSeq) }];
    });
    let left = query.limit ?? Number.POSITIVE_INFINITY;
    const windows =
      query.direction === "backwards"
        ? this.#backwards(query, bounded, state)
        : this.#forwards(query, bounded, state.lastSeq);
    for await (const window of windows) {
      for (const fetched of window) {
        const { message, info } = fetched;
        const event = decodeEvent(message.string(), message.subject, info.seq, query.stream);
        if (event === undefined) {
          this.#onSkipped(fetched);
          continue;
        }
        yield event;
        left -= 1;
        if (left === 0) return;
      }
    }
  }

  /** The sequence of the last entry of a subject, 0 if there is none; undefined for a wildcard. */
  async #lastSeqOf(stream: StreamName, filter: string | undefined): Promise<number | undefined> {
    if (filter === undefined || filter.includes("*")) return undefined;
    return (await lastMessage(this.#link, stream, filter, this.#replicas(stream)))?.seq ?? 0;
  }

  async *#forwards(
    query: ReadQuery,
    filters: readonly BoundedFilter[],
    lastSeq: number,
  ): AsyncGenerator<readonly FetchedEntry[]> {
    const { fromSeq = 1, fromTime, limit = Number.POSITIVE_INFINITY } = query;
    let start: StartAt = fromTime === undefined ? { seq: fromSeq } : { time: fromTime };
    let maxEntries = Math.min(limit, WINDOW_ENTRIES[0]);
    for (;;) {
      const from = start;
      const remaining = filters.filter((filter) => !("seq" in from) || filter.lastSeq >= from.seq);
      if (remaining.length === 0) return;
      const fetches = await Promise.all(
        remaining.map(({ filter, matches, lastSeq: upTo }) =>
          this.#fetcher.window({
            stream: query.stream,
            filter,
            matches,
            start: from,
            upTo,
            maxEntries,
            maxBytes: WINDOW_BYTES,
          }),
        ),
      );
      const { entries, through } = merge(fetches, remaining, lastSeq);
      // If the time is after the last entry, nats-server 2.9 starts with the stream's first one.
      if ("time" in from && (entries[0]?.info.storedAt ?? 0) < Math.floor(Date.parse(from.time))) return;
      yield entries;
      if (through >= lastSeq) return;
      start = { seq: through + 1 };
      maxEntries = Math.min(maxEntries * 4, WINDOW_ENTRIES[1]);
    }
  }

  async *#backwards(
    query: ReadQuery,
    filters: readonly BoundedFilter[],
    state: { readonly firstSeq: number; readonly lastSeq: number },
  ): AsyncGenerator<readonly FetchedEntry[]> {
    const pages = new BackwardsPages(this.#fetcher, query.stream, state.firstSeq, state.lastSeq);
    const size = Math.min(query.limit ?? WINDOW_ENTRIES[1], WINDOW_ENTRIES[1]);
    for (let from = Math.min(query.fromSeq ?? state.lastSeq, state.lastSeq); from >= state.firstSeq; ) {
      const to = from;
      const found = await Promise.all(filters.map((filter) => pages.before(filter, to, size)));
      // Below the highest floor, one of the filters may match entries that are not in its page.
      const floor = Math.max(0, ...found.map((page) => page.floor));
      yield found
        .flatMap(({ entries }) => entries)
        .filter(({ info }) => info.seq >= floor)
        .sort((a, b) => b.info.seq - a.info.seq);
      from = floor - 1;
    }
  }
}

/** Merges the windows of several filters in order, up to the sequence that all of them have read. */
function merge(fetches: readonly Fetch[], filters: readonly BoundedFilter[], lastSeq: number): Fetch {
  // A window that has reached the last entry of its filter does not limit the others.
  const ends = fetches.map(({ through }, i) => (through >= (filters[i]?.lastSeq ?? 0) ? lastSeq : through));
  const through = Math.min(...ends);
  const entries = fetches
    .flatMap((fetch) => fetch.entries)
    .filter(({ info }) => info.seq <= through)
    .sort((a, b) => a.info.seq - b.info.seq);
  return { entries, through };
}
