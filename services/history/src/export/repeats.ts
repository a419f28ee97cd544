import { setTimeout as sleep } from "node:timers/promises";
import type { RecordedEvent, StreamName } from "@fleetlog/domain";
import { Causation } from "../chains/causation.ts";
import type { RepeatFilter } from "../spans/reading.ts";
import type { Duck } from "../store/duck.ts";
import type { StoredHistory } from "../store/stored-history.ts";
import type { ArchiveSnapshot } from "../telemetry/snapshot.ts";

export interface RepeatsOptions {
  readonly duck: Duck;
  /** The tables of a stream. TELEMETRY has none. */
  readonly history: (stream: StreamName) => StoredHistory | undefined;
  readonly telemetry: { take(): ArchiveSnapshot };
  /** Milliseconds that a read waits for tables that are behind the log. */
  readonly waitMs?: number;
}

/** The sequences up to `through` that may be repeats. */
interface Suspects {
  readonly seqs: ReadonlySet<number>;
  readonly through: number;
}

const NONE: Suspects = { seqs: new Set(), through: Number.MAX_SAFE_INTEGER };
const WAIT_MS = 2_000;
const LOOK_MS = 25;
/** Sequences that one statement compares with the table of events. */
const COMPARED = 16_384;
const BATCH = 256;

/**
 * Leaves out repeats: events whose id an earlier event of their stream has. The tables of events and the archive of
 * telemetry have found them, so an event is a repeat wherever a read starts, and no read keeps ids in memory.
 */
export class Repeats implements RepeatFilter {
  readonly #options: RepeatsOptions;

  constructor(options: RepeatsOptions) {
    this.#options = options;
  }

  /** Sequence up to which the stream's repeats are known; undefined for a stream without tables. */
  knownTo(stream: StreamName): number | undefined {
    return stream === "TELEMETRY" ? this.#snapshot().seq : this.#options.history(stream)?.seq;
  }

  /**
   * The events of a forward read of one stream. Repeats after the end of its tables are not left out while the tables
   * are rebuilt, or if they stay behind for more than two seconds.
   */
  async *leftOut(events: AsyncIterable<RecordedEvent>): AsyncGenerator<RecordedEvent> {
    let suspects: Suspects = { seqs: new Set(), through: 0 };
    let batch: RecordedEvent[] = [];
    for await (const event of events) {
      if (event.seq > suspects.through) suspects = await this.#suspectsFrom(event);
      if (batch.length === 0 && !suspects.seqs.has(event.seq)) {
        yield event;
        continue;
      }
      // The events after a suspect are collected, so that several are looked up together.
      batch.push(event);
      if (batch.length < BATCH && event.seq < suspects.through) continue;
      yield* await this.#checked(batch, suspects);
      batch = [];
    }
    yield* await this.#checked(batch, suspects);
  }

  async #suspectsFrom({ seq, stream }: RecordedEvent): Promise<Suspects> {
    if (this.knownTo(stream) === undefined || !(await this.#reached(stream, seq))) return NONE;
    if (stream === "TELEMETRY") {
      const { repeats, seq: through } = this.#snapshot();
      return { seqs: new Set(repeats), through };
    }
    const store = this.#options.history(stream);
    if (store === undefined) return NONE;
    const through = Math.min(store.seq, seq + COMPARED - 1);
    const seqs = await store.reading(async () => {
      const rows = store.events(seq - 1, through);
      const lacking = rows === undefined ? "" : `WHERE seq NOT IN (SELECT seq FROM (${rows}))`;
      const session = await this.#options.duck.connect();
      try {
        return await session.all<{ seq: number }>(
          `SELECT seq FROM (SELECT unnest(range(${seq}, ${through + 1})) AS seq) ${lacking}`,
        );
      } finally {
        session.close();
      }
    });
    return { seqs: new Set(seqs.map((row) => row.seq)), through };
  }

  /**
   * The batch without repeats. A suspect of a table is a repeat only if an earlier event has its id. The table may also
   * lack it because the release that wrote the table did not know the event's type.
   */
  async #checked(batch: readonly RecordedEvent[], { seqs }: Suspects): Promise<readonly RecordedEvent[]> {
    const some = batch.filter(({ seq }) => seqs.has(seq));
    const [suspect] = some;
    if (suspect === undefined) return batch;
    if (suspect.stream === "TELEMETRY") return batch.filter(({ seq }) => !seqs.has(seq));
    const store = this.#options.history(suspect.stream);
    if (store === undefined) return batch;
    const firsts = await this.#firsts(store, [...new Set(some.map(({ id }) => id))]);
    return batch.filter(({ id, seq }) => !seqs.has(seq) || (firsts.get(id) ?? seq) >= seq);
  }

  /** Sequences by ids, of events that the tables have. Only FLEET's tables have an index of ids. */
  async #firsts(store: StoredHistory, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (store.stream !== "FLEET") return this.#scanned(store, ids);
    const causation = new Causation(this.#options.duck, store);
    try {
      return new Map((await causation.byIds(ids)).map(({ id, seq }) => [id, seq]));
    } finally {
      await causation.close();
    }
  }

  /** Reads the ids of all events: the other streams are small, and suspects are rare. */
  #scanned(store: StoredHistory, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return store.reading(async () => {
      const rows = store.events();
      if (rows === undefined) return new Map();
      const session = await this.#options.duck.connect();
      try {
        const sql = `SELECT id, seq FROM (${rows}) WHERE id IN (SELECT unnest(from_json(?::VARCHAR, '["VARCHAR"]')))`;
        const found = await session.all<{ id: string; seq: number }>(sql, JSON.stringify(ids));
        return new Map(found.map(({ id, seq }) => [id, seq]));
      } finally {
        session.close();
      }
    });
  }

  async #reached(stream: StreamName, seq: number): Promise<boolean> {
    const until = performance.now() + (this.#options.waitMs ?? WAIT_MS);
    while ((this.knownTo(stream) ?? 0) < seq) {
      if (performance.now() > until) return false;
      await sleep(LOOK_MS);
    }
    return true;
  }

  #snapshot(): Pick<ArchiveSnapshot, "repeats" | "seq"> {
    const { repeats, seq, release } = this.#options.telemetry.take();
    release();
    return { repeats, seq };
  }
}
