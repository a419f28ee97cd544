import type { RecordedEvent, StreamName } from "@fleetlog/domain";
import { LoopTurns } from "@fleetlog/runtime/node";
import { decodeEvent } from "../../decode.ts";
import type { EntryRange, PageQuery, ReadQuery, StoredEntry, StreamState } from "../../log.ts";
import { checkQuery } from "../../query.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { streamState } from "../streams/streams.ts";
import { BackwardsPages } from "./backwards.ts";
import type { StartAt } from "./consumer.ts";
import { firstMessages, lastMessage, type StoredMessage, whenSynced } from "./direct.ts";
import type { Fetch, FetchedEntry, Fetcher } from "./fetch.ts";
import { type BoundedFilter, type ConsumerFilter, LITERAL, planRead } from "./plan.ts";
import { Semaphore } from "./semaphore.ts";
import { SeveralMessages } from "./several-messages.ts";
import { MAX_STEPS, type ReadEntry, Singly } from "./singly.ts";

/** While the reader takes a window of the largest size, the next one is fetched. */
const WINDOW_ENTRIES = [256, 4_096] as const;
const WINDOW_BYTES = 2 * 1024 * 1024;

/**
 * An answer without a consumer comes all at once, and nats-server closes a connection for which 64 MiB wait. So answers
 * are small, and few at a time. A consumer reads the rest.
 */
const ANSWER_BYTES = 256 * 1024;
const MAX_ANSWERS = 32;

/** Makes the view of the bytes when somebody asks for it, so that pages of views do not outlive many garbage collections. */
class Stored implements StoredEntry {
  readonly seq: number;
  readonly subject: string;
  readonly #message: ReadEntry["message"];

  constructor({ message, info }: ReadEntry) {
    this.seq = info.seq;
    this.subject = message.subject;
    this.#message = message;
  }

  get bytes(): Uint8Array {
    return this.#message.data;
  }
}

/** Reads the log. Between two requests the server keeps nothing for a reader. */
export class Reader {
  readonly #connection: ServerConnection;
  readonly #fetcher: Fetcher;
  readonly #answers = new Semaphore(MAX_ANSWERS);
  readonly #several: SeveralMessages;
  readonly #singly: Singly;
  readonly #replicas: (stream: StreamName) => number;
  readonly #onSkipped: (subject: string, seq: number) => void;

  constructor(
    connection: ServerConnection,
    fetcher: Fetcher,
    replicas: (stream: StreamName) => number,
    onSkipped: (subject: string, seq: number) => void,
  ) {
    this.#connection = connection;
    this.#fetcher = fetcher;
    this.#replicas = replicas;
    this.#several = new SeveralMessages(connection, replicas);
    this.#singly = new Singly(connection, fetcher, this.#several, replicas);
    this.#onSkipped = onSkipped;
  }

  async *read(query: ReadQuery): AsyncGenerator<RecordedEvent> {
    checkQuery(query);
    const filters = planRead(this.#connection.capabilities, query);
    if (query.limit === 0) return;
    let left = query.limit ?? Number.POSITIVE_INFINITY;
    const turns = new LoopTurns();
    for await (const window of this.#windows(query, filters)) {
      for (const { message, info } of window) {
        const turn = turns.due();
        if (turn !== undefined) await turn;
        const event = decodeEvent(message.string(), message.subject, info.seq, query.stream);
        if (event === undefined) {
          this.#onSkipped(message.subject, info.seq);
          continue;
        }
        yield event;
        left -= 1;
        if (left === 0) return;
      }
    }
  }

  async *pages(query: PageQuery): AsyncGenerator<readonly StoredEntry[]> {
    checkQuery(query);
    for await (const window of this.#windows(query, planRead(this.#connection.capabilities, query)))
      yield window.map((entry) => new Stored(entry));
  }

  async *entries({ stream, fromSeq, toSeq }: EntryRange): AsyncGenerator<StoredEntry> {
    const { firstSeq, lastSeq, events } = await streamState(this.#connection, stream);
    if (events === 0) return;
    const upTo = Math.min(toSeq, lastSeq);
    // A replica may be late, so a read is repeated until it has the last entry.
    const whole = this.#replicas(stream) > 1;
    const lastMatch = whole ? upTo : undefined;
    const turns = new LoopTurns();
    for (let seq = Math.max(fromSeq, firstSeq); seq <= upTo; ) {
      const limits = { maxEntries: WINDOW_ENTRIES[1], maxBytes: WINDOW_BYTES };
      const options = { stream, filter: undefined, start: { seq }, upTo, lastMatch, whole, ...limits };
      const { entries, through } = await this.#fetcher.window(options);
      for (const { message, info } of entries) {
        yield { seq: info.seq, subject: message.subject, bytes: message.data };
        const turn = turns.due();
        if (turn !== undefined) await turn;
      }
      seq = through + 1;
    }
  }

  /** All entries of the query, in order: the first ones singly if that is cheap, the rest in windows. */
  async *#windows(query: ReadQuery, filters: readonly ConsumerFilter[]): AsyncGenerator<readonly ReadEntry[]> {
    const { stream, direction, limit } = query;
    const subject = this.#onlySubject(query, filters);
    if (subject !== undefined) {
      yield* this.#ofSubject(query, subject);
      return;
    }
    const state = await streamState(this.#connection, stream);
    if (state.events === 0) return;
    const steps = this.#inSteps(query, state);
    const asked = steps ? planRead(LITERAL, query) : filters;
    // With one replica, the last entry of a subject comes by a direct get, which waits for the sync, too.
    const syncs = this.#replicas(stream) === 1 && asked.some(isLiteral);
    const synced = syncs ? undefined : whenSynced(this.#connection, stream);
    const [lasts] = await Promise.all([this.#lasts(stream, asked), synced]);
    const newest = steps ? Math.max(0, ...[...lasts.values()].map((last) => last?.seq ?? 0)) : undefined;
    const bounded = filters.flatMap((filter) => {
      const known = filter.filter !== undefined && lasts.has(filter.filter);
      const lastSeq = known ? (lasts.get(filter.filter)?.seq ?? 0) : (newest ?? state.lastSeq);
      if (lastSeq === 0) return [];
      const bound = Math.min(lastSeq, state.lastSeq);
      const isStored = (known && bound === lastSeq) || filter.filter === undefined;
      return [{ ...filter, lastSeq: bound, lastMatch: isStored && this.#replicas(stream) > 1 ? bound : undefined }];
    });
    if (bounded.length === 0) return;
    let rest: ReadQuery = query;
    if (steps) {
      const stored = [...lasts].flatMap(([subject, last]) => (last === undefined ? [] : [[subject, last] as const]));
      const goesOnFrom = yield* this.#singly.read(query, new Map(stored), state);
      if (goesOnFrom === undefined) return;
      rest = { ...query, fromSeq: goesOnFrom, ...(limit !== undefined && { limit: Math.max(1, limit - MAX_STEPS) }) };
    }
    if (direction === "backwards") yield* this.#backwards(rest, bounded, state);
    else
      yield* this.#forwards({ ...rest, fromSeq: Math.max(rest.fromSeq ?? 1, state.firstSeq) }, bounded, state.lastSeq);
  }

  /** The subject, if the query reads one subject from its first entry on, and can do it without a consumer. */
  #onlySubject({ stream, direction, fromSeq, fromTime }: ReadQuery, filters: readonly ConsumerFilter[]) {
    const [only, other] = filters;
    if (direction === "backwards" || fromSeq !== undefined || fromTime !== undefined) return undefined;
    if (only === undefined || other !== undefined || !isLiteral(only)) return undefined;
    return this.#several.from(stream) ? only.filter : undefined;
  }

  /** Gets the subject's last entry first: an answer shows that the entry is on disk. The read ends with this entry. */
  async *#ofSubject(query: ReadQuery, subject: string): AsyncGenerator<readonly ReadEntry[]> {
    const { stream, limit = Number.POSITIVE_INFINITY } = query;
    const last = await lastMessage(this.#connection, stream, subject, 1);
    if (last === undefined) return;
    const most = { entries: Math.min(limit, WINDOW_ENTRIES[0]), bytes: ANSWER_BYTES };
    await this.#answers.acquire();
    const found = await this.#several
      .ifSupported(stream, () => firstMessages(this.#connection, stream, subject, most))
      .finally(() => this.#answers.release());
    const entries = (found?.entries ?? []).filter(({ info }) => info.seq <= last.seq);
    yield entries;
    const through = entries.at(-1)?.info.seq ?? 0;
    if (through >= last.seq) return;
    // The caller ends the read at the limit, for which entries that are not events do not count.
    const rest = {
      ...query,
      fromSeq: through + 1,
      ...(query.limit !== undefined && { limit: Math.max(1, limit - entries.length) }),
    };
    yield* this.#forwards(rest, [{ filter: subject, matches: undefined, lastSeq: last.seq }], last.seq);
  }

  /** Whether the first entries are read singly, which is cheaper for the few events of one entity. */
  #inSteps({ stream, entity, direction, fromSeq, fromTime }: ReadQuery, { firstSeq }: StreamState): boolean {
    if (entity === undefined || fromTime !== undefined) return false;
    if (direction === "backwards") return this.#several.from(stream);
    return fromSeq !== undefined && fromSeq > firstSeq;
  }

  /**
   * The last entry of each subject; undefined for a subject without entries. Subjects with wildcards are included only
   * with replicas: a replica may be late, so a read is repeated until it has these entries.
   */
  async #lasts(
    stream: StreamName,
    filters: readonly ConsumerFilter[],
  ): Promise<ReadonlyMap<string, StoredMessage | undefined>> {
    const replicas = this.#replicas(stream);
    const wanted = filters.filter((one) => replicas > 1 || isLiteral(one));
    const subjects = wanted.flatMap(({ filter }) => filter ?? []);
    const last = async (subject: string) =>
      [subject, await lastMessage(this.#connection, stream, subject, replicas)] as const;
    return new Map(await Promise.all(subjects.map(last)));
  }

  async *#forwards(
    query: ReadQuery,
    filters: readonly BoundedFilter[],
    lastSeq: number,
  ): AsyncGenerator<readonly FetchedEntry[]> {
    const { fromSeq = 1, fromTime, limit = Number.POSITIVE_INFINITY } = query;
    let start: StartAt = fromTime === undefined ? { seq: fromSeq } : { time: fromTime };
    let maxEntries = Math.min(limit, WINDOW_ENTRIES[0]);
    let ahead: Promise<Fetch | undefined> | undefined;
    for (;;) {
      const found = await (ahead ?? this.#fetchForwards(query, filters, start, maxEntries, lastSeq));
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
      ahead = isLong ? this.#fetchForwards(query, filters, start, maxEntries, lastSeq) : undefined;
      // If the read ends early, nothing awaits this request, and its error is ignored.
      ahead?.catch(() => {});
      yield entries;
    }
  }

  async #fetchForwards(
    { stream }: ReadQuery,
    filters: readonly BoundedFilter[],
    start: StartAt,
    maxEntries: number,
    lastSeq: number,
  ): Promise<Fetch | undefined> {
    const remaining = filters.filter((filter) => !("seq" in start) || filter.lastSeq >= start.seq);
    if (remaining.length === 0) return undefined;
    const limits = { maxEntries, maxBytes: WINDOW_BYTES };
    const fetches = await Promise.all(
      remaining.map(({ filter, matches, lastSeq: upTo, lastMatch }) => {
        const whole = filter === undefined && this.#replicas(stream) > 1;
        return this.#fetcher.window({ stream, filter, matches, lastMatch, whole, start, upTo, ...limits });
      }),
    );
    return merge(fetches, remaining, lastSeq);
  }

  async *#backwards(
    query: ReadQuery,
    filters: readonly BoundedFilter[],
    state: { readonly firstSeq: number; readonly lastSeq: number },
  ): AsyncGenerator<readonly FetchedEntry[]> {
    const { firstSeq, lastSeq } = state;
    const pages = new BackwardsPages(this.#fetcher, query.stream, firstSeq, lastSeq, this.#replicas(query.stream) > 1);
    const size = Math.min(query.limit ?? WINDOW_ENTRIES[1], WINDOW_ENTRIES[1]);
    for (let from = Math.min(query.fromSeq ?? state.lastSeq, state.lastSeq); from >= state.firstSeq; ) {
      const to = from;
      const found = await Promise.all(filters.map((filter) => pages.before(filter, to, size)));
      // Below the highest floor, a filter may match entries outside of its page.
      const floor = Math.max(0, ...found.map((page) => page.floor));
      yield found
        .flatMap(({ entries }) => entries)
        .filter(({ info }) => info.seq >= floor)
        .sort((a, b) => b.info.seq - a.info.seq);
      from = floor - 1;
    }
  }
}

function isLiteral({ filter }: ConsumerFilter): boolean {
  return filter !== undefined && !filter.includes("*");
}

function merge(fetches: readonly Fetch[], filters: readonly BoundedFilter[], lastSeq: number): Fetch {
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
