import type { RecordedEvent, StreamName } from "@fleetlog/domain";
import type { EventLog, ReadQuery, StreamState } from "@fleetlog/log";
import type { Duck } from "../store/duck.ts";
import { parquet, quotedText } from "../store/tables.ts";
import type { ArchiveSnapshot } from "./archive.ts";
import { type ArchivedRow, eventOf, ROW_COLUMNS } from "./rows.ts";

type Reading = Pick<EventLog, "read" | "state">;

export interface ArchivedLogOptions {
  readonly log: Reading;
  readonly archive: { take(): ArchiveSnapshot };
  /** Of the archive. */
  readonly duck: Duck;
}

/** The log, with the telemetry that its stream has dropped and the archive has. */
export class ArchivedLog implements Reading {
  readonly #options: ArchivedLogOptions;

  constructor(options: ArchivedLogOptions) {
    this.#options = options;
  }

  async state(stream: StreamName): Promise<StreamState> {
    const state = await this.#options.log.state(stream);
    const first = stream === "TELEMETRY" ? this.#first() : undefined;
    return first === undefined ? state : { ...state, firstSeq: Math.min(first, state.firstSeq) };
  }

  async *read(query: ReadQuery): AsyncGenerator<RecordedEvent> {
    const { log } = this.#options;
    if (query.stream !== "TELEMETRY" || query.direction === "backwards") {
      yield* log.read(query);
      return;
    }
    const from = await this.#fromSeq(query);
    const { firstSeq } = await log.state("TELEMETRY");
    const first = this.#first();
    if (from === undefined || first === undefined || from >= firstSeq || first >= firstSeq) {
      yield* log.read(query);
      return;
    }
    // The stream goes on dropping events, so all that the archive has is read from there.
    const { fromTime: _, limit = Number.MAX_SAFE_INTEGER, ...rest } = query;
    const snapshot = this.#options.archive.take();
    let left = limit;
    try {
      for await (const event of this.#archived(snapshot, query, from)) {
        if (left-- <= 0) return;
        yield event;
      }
    } finally {
      snapshot.release();
    }
    if (left > 0) yield* log.read({ ...rest, fromSeq: snapshot.seq + 1, limit: left });
  }

  #first(): number | undefined {
    const { parts, release } = this.#options.archive.take();
    release();
    return parts[0]?.firstSeq;
  }

  /** The first sequence of a read; undefined if the stream has the time from which on events are read. */
  async #fromSeq({ fromSeq = 1, fromTime }: ReadQuery): Promise<number | undefined> {
    if (fromTime === undefined) return fromSeq;
    for await (const { time } of this.#options.log.read({ stream: "TELEMETRY", limit: 1 })) {
      if (Date.parse(time) < Date.parse(fromTime)) return undefined;
    }
    const ms = Date.parse(fromTime);
    const snapshot = this.#options.archive.take();
    const session = await this.#options.duck.connect();
    try {
      // Events are stored soon after their time, so older parts have none of them.
      const part = snapshot.parts.findIndex(({ newest }) => newest >= ms);
      const from = part < 0 ? undefined : snapshot.files[part];
      const source = from === undefined ? snapshot.table : parquet([from]);
      if (source === undefined) return snapshot.seq + 1;
      const sql = `SELECT min(seq) AS seq FROM ${source} WHERE epoch_ms("time") >= ?`;
      const [found] = await session.all<{ seq: number | null }>(sql, ms);
      return found?.seq ?? snapshot.seq + 1;
    } finally {
      session.close();
      snapshot.release();
    }
  }

  async *#archived(
    { parts, files, table, seq }: ArchiveSnapshot,
    { category, categories = category === undefined ? undefined : [category], entity }: ReadQuery,
    from: number,
  ): AsyncGenerator<RecordedEvent> {
    if (categories !== undefined && !categories.includes("telemetry")) return;
    const sources = [
      ...files.filter((_, i) => (parts[i]?.lastSeq ?? 0) >= from).map((path) => parquet([path])),
      ...(table === undefined ? [] : [table]),
    ];
    const only = entity === undefined ? "" : ` AND entity = ${quotedText(entity)}`;
    const session = await this.#options.duck.connect();
    try {
      for (const source of sources) {
        const sql = `SELECT ${ROW_COLUMNS} FROM ${source} WHERE seq >= ${from} AND seq <= ${seq}${only}`;
        for await (const rows of session.stream<ArchivedRow>(sql)) {
          for (const row of rows) yield eventOf(row);
        }
      }
    } finally {
      session.close();
    }
  }
}
