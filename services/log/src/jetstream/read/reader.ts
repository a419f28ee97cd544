import type { RecordedEvent, StreamName } from "@fleetlog/domain";
import { LoopTurns } from "@fleetlog/runtime/node";
import { decodeEvent } from "../../decode.ts";
import type { EntryRange, PageQuery, ReadQuery, StoredEntry, StreamState } from "../../log.ts";
import { checkQuery } from "../../query.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { streamState } from "../streams/streams.ts";
import { firstMessages, lastMessage, type StoredMessage, whenSynced } from "./direct.ts";
import type { Fetcher } from "./fetch.ts";
import { type ConsumerFilter, LITERAL, planRead } from "./plan.ts";
import { Semaphore } from "./semaphore.ts";
import { SeveralMessages } from "./several-messages.ts";
import { MAX_STEPS, type ReadEntry, Singly } from "./singly.ts";
import { WINDOW_BYTES, WINDOW_ENTRIES, Windows } from "./windows.ts";

/**
 * An answer without a consumer comes all at once, and nats-server closes a connection for which 64 MiB wait. So answers
 * are small, and few at a time. A consumer reads the rest.
 */
const ANSWER_BYTES = 256 * 1024;
const MAX_ANSWERS = 32;

/**
 * A stored entry. It makes a view of the payload's bytes only on request: views kept in pages would survive many
 * garbage collections.
 */
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
  readonly #windows: Windows;
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
    this.#windows = new Windows(connection, fetcher, replicas);
    this.#onSkipped = onSkipped;
  }

  async *read(query: ReadQuery): AsyncGenerator<RecordedEvent> {
    checkQuery(query);
    const filters = planRead(this.#connection.capabilities, query);
    if (query.limit === 0) return;
    let left = query.limit ?? Number.POSITIVE_INFINITY;
    const turns = new LoopTurns();
    for await (const window of this.#ofQuery(query, filters)) {
      for (const { message, info } of window) {
        const turn = turns.due();
        if (turn !== undefined) await turn;
        const event = decodeEvent(message.string(), message.subject, info.seq, query.stream);
        if (event === undefined) {
          this.#onSkipped(message.subject, info.seq);
          continue;
        }
        if (query.ids?.(event.id) === false) continue;
        yield event;
        left -= 1;
        if (left === 0) return;
      }
    }
  }

  async *pages(query: PageQuery): AsyncGenerator<readonly StoredEntry[]> {
    checkQuery(query);
    for await (const window of this.#ofQuery(query, planRead(this.#connection.capabilities, query)))
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
  async *#ofQuery(query: ReadQuery, filters: readonly ConsumerFilter[]): AsyncGenerator<readonly ReadEntry[]> {
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
      // The last match may be after the bound. A replica that has it also has all matches before it.
      const lastMatch = filter.filter === undefined ? bound : known || steps ? lastSeq : undefined;
      return [{ ...filter, lastSeq: bound, lastMatch: this.#replicas(stream) > 1 ? lastMatch : undefined }];
    });
    if (bounded.length === 0) return;
    let rest: ReadQuery = query;
    if (steps) {
      const stored = [...lasts].flatMap(([subject, last]) => (last === undefined ? [] : [[subject, last] as const]));
      const goesOnFrom = yield* this.#singly.read(query, new Map(stored), state);
      if (goesOnFrom === undefined) return;
      rest = { ...query, fromSeq: goesOnFrom, ...(limit !== undefined && { limit: Math.max(1, limit - MAX_STEPS) }) };
    }
    if (direction === "backwards") yield* this.#windows.backwards(rest, bounded, state);
    else
      yield* this.#windows.forwards(
        { ...rest, fromSeq: Math.max(rest.fromSeq ?? 1, state.firstSeq) },
        bounded,
        state.lastSeq,
      );
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
    // The caller ends the read at the limit, and does not count entries that are not events.
    const rest = {
      ...query,
      fromSeq: through + 1,
      ...(query.limit !== undefined && { limit: Math.max(1, limit - entries.length) }),
    };
    yield* this.#windows.forwards(rest, [{ filter: subject, matches: undefined, lastSeq: last.seq }], last.seq);
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
}

function isLiteral({ filter }: ConsumerFilter): boolean {
  return filter !== undefined && !filter.includes("*");
}
