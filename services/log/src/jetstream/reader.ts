import type { RecordedEvent, StreamName } from "@fleetlog/domain";
import { decodeEvent } from "../decode.ts";
import type { ReadQuery } from "../log.ts";
import { checkQuery } from "../query.ts";
import { BackwardsPages } from "./backwards.ts";
import type { StartAt } from "./consumer.ts";
import { lastMessage } from "./direct.ts";
import type { Fetch, Fetched, Fetcher } from "./fetch.ts";
import type { Link } from "./link.ts";
import { planRead, type Subject } from "./plan.ts";
import { streamState } from "./streams.ts";

/** What one window holds at most; it grows from the first to the second, so that a small page costs little. */
const WINDOW_ENTRIES = [256, 4_096] as const;
const WINDOW_BYTES = 8 * 1024 * 1024;

/** Answers reads in windows: between two of them it holds nothing in the server. */
export class Reader {
  readonly #link: Link;
  readonly #fetcher: Fetcher;
  readonly #replicas: (stream: StreamName) => number;
  readonly #skipped: (fetched: Fetched) => void;

  constructor(
    link: Link,
    fetcher: Fetcher,
    replicas: (stream: StreamName) => number,
    skipped: (fetched: Fetched) => void,
  ) {
    this.#link = link;
    this.#fetcher = fetcher;
    this.#replicas = replicas;
    this.#skipped = skipped;
  }

  async *read(query: ReadQuery): AsyncGenerator<RecordedEvent> {
    checkQuery(query);
    const sieves = planRead(this.#link, query);
    if (query.limit === 0) return;
    const [state, lasts] = await Promise.all([
      streamState(this.#link, query.stream),
      Promise.all(sieves.map(({ filter }) => this.#newest(query.stream, filter))),
    ]);
    if (state.events === 0) return;
    // A subject whose newest entry is known bounds the search; one that has none is out.
    const subjects = sieves.flatMap((sieve, i) => {
      const newest = lasts[i] ?? state.lastSeq;
      return newest === 0 ? [] : [{ ...sieve, newest: Math.min(newest, state.lastSeq) }];
    });
    let left = query.limit ?? Number.POSITIVE_INFINITY;
    const windows =
      query.direction === "backwards"
        ? this.#backwards(query, subjects, state)
        : this.#forwards(query, subjects, state.lastSeq);
    for await (const window of windows) {
      for (const fetched of window) {
        const { message, place } = fetched;
        const event = decodeEvent(message.string(), message.subject, place.seq, query.stream);
        if (event === undefined) {
          this.#skipped(fetched);
          continue;
        }
        yield event;
        left -= 1;
        if (left === 0) return;
      }
    }
  }

  /** The sequence of a subject's newest entry, 0 for none; undefined if it is no single subject. */
  async #newest(stream: StreamName, filter: string | undefined): Promise<number | undefined> {
    if (filter === undefined || filter.includes("*")) return undefined;
    return (await lastMessage(this.#link, stream, filter, this.#replicas(stream)))?.seq ?? 0;
  }

  async *#forwards(
    query: ReadQuery,
    subjects: readonly Subject[],
    lastSeq: number,
  ): AsyncGenerator<readonly Fetched[]> {
    const { fromSeq = 1, fromTime, limit = Number.POSITIVE_INFINITY } = query;
    let start: StartAt = fromTime === undefined ? { seq: fromSeq } : { time: fromTime };
    let maxEntries = Math.min(limit, WINDOW_ENTRIES[0]);
    for (;;) {
      const from = start;
      const wanted = subjects.filter(({ newest }) => !("seq" in from) || newest >= from.seq);
      if (wanted.length === 0) return;
      const fetches = await Promise.all(
        wanted.map(({ filter, wants, newest }) =>
          this.#fetcher.window({
            stream: query.stream,
            filter,
            wants,
            start: from,
            upTo: newest,
            maxEntries,
            maxBytes: WINDOW_BYTES,
          }),
        ),
      );
      const { entries, through } = merged(fetches, wanted, lastSeq);
      // For a moment past its end nats-server 2.9 begins with the stream's first entry.
      if ("time" in from && (entries[0]?.place.storedAt ?? 0) < Math.floor(Date.parse(from.time))) return;
      yield entries;
      if (through >= lastSeq) return;
      start = { seq: through + 1 };
      maxEntries = Math.min(maxEntries * 4, WINDOW_ENTRIES[1]);
    }
  }

  async *#backwards(
    query: ReadQuery,
    subjects: readonly Subject[],
    state: { readonly firstSeq: number; readonly lastSeq: number },
  ): AsyncGenerator<readonly Fetched[]> {
    const pages = new BackwardsPages(this.#fetcher, query.stream, state.firstSeq, state.lastSeq);
    const size = Math.min(query.limit ?? WINDOW_ENTRIES[1], WINDOW_ENTRIES[1]);
    for (let from = Math.min(query.fromSeq ?? state.lastSeq, state.lastSeq); from >= state.firstSeq; ) {
      const to = from;
      const found = await Promise.all(subjects.map((subject) => pages.before(subject, to, size)));
      // Below the highest floor one of the subjects may have entries that its page does not hold.
      const floor = Math.max(0, ...found.map((page) => page.floor));
      yield found
        .flatMap(({ entries }) => entries)
        .filter(({ place }) => place.seq >= floor)
        .sort((a, b) => b.place.seq - a.place.seq);
      from = floor - 1;
    }
  }
}

/** Windows of several subjects as one, in order, as far as all of them reach. */
function merged(fetches: readonly Fetch[], subjects: readonly Subject[], lastSeq: number): Fetch {
  // A window that came to the end of its subject holds nobody back.
  const ends = fetches.map(({ through }, i) => (through >= (subjects[i]?.newest ?? 0) ? lastSeq : through));
  const through = Math.min(...ends);
  const entries = fetches
    .flatMap((fetch) => fetch.entries)
    .filter(({ place }) => place.seq <= through)
    .sort((a, b) => a.place.seq - b.place.seq);
  return { entries, through };
}
