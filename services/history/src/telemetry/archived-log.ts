import { FleetError, type RecordedEvent, type StreamName } from "@fleetlog/domain";
import type { EventLog, StreamState } from "@fleetlog/log";
import { LoopTurns } from "@fleetlog/runtime/node";
import type { SpanQuery, SpanReading } from "../spans/reading.ts";
import type { Span } from "../spans/span.ts";
import type { Duck } from "../store/duck.ts";
import { parquet, quotedText } from "../store/tables.ts";
import type { Part } from "./manifest.ts";
import { type ArchivedRow, eventOf, ROW_COLUMNS } from "./rows.ts";
import type { ArchiveSnapshot } from "./snapshot.ts";

export interface ArchivedLogOptions {
  readonly log: Pick<EventLog, "read" | "state">;
  readonly archive: { take(): ArchiveSnapshot; isWhole(part: Part): Promise<boolean> };
  /** Reads the files of the archive. */
  readonly duck: Duck;
  readonly repeats?: SpanReading["repeats"];
}

/** The log, with the telemetry that its stream has dropped and the archive has. */
export class ArchivedLog implements SpanReading {
  readonly #options: ArchivedLogOptions;

  constructor(options: ArchivedLogOptions) {
    this.#options = options;
  }

  get repeats(): SpanReading["repeats"] {
    return this.#options.repeats;
  }

  async state(stream: StreamName): Promise<StreamState> {
    const state = await this.#options.log.state(stream);
    const first = stream === "TELEMETRY" ? this.#first() : undefined;
    return first === undefined ? state : { ...state, firstSeq: Math.min(first, state.firstSeq) };
  }

  async mustHave({ stream, from, to }: Span): Promise<void> {
    if (stream !== "TELEMETRY" || from >= (await this.#options.log.state(stream)).firstSeq) return;
    const { missing, release } = this.#options.archive.take();
    release();
    const lost = missing.find(({ firstSeq, lastSeq }) => firstSeq <= to && lastSeq >= from);
    if (lost !== undefined) throw isMissing(lost);
  }

  /** @throws FleetError `history-unavailable` where the archive has lost events */
  async *read(query: SpanQuery): AsyncGenerator<RecordedEvent> {
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
    // The stream may drop events during the read, so everything that the archive has is read from the archive.
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
    const { parts, missing, release } = this.#options.archive.take();
    release();
    return inOrder(parts, missing)[0]?.firstSeq;
  }

  /** The first sequence of a read; undefined if the stream itself has all events from `fromTime` on. */
  async #fromSeq({ fromSeq = 1, fromTime }: SpanQuery): Promise<number | undefined> {
    if (fromTime === undefined) return fromSeq;
    for await (const { time } of this.#options.log.read({ stream: "TELEMETRY", limit: 1 })) {
      if (Date.parse(time) < Date.parse(fromTime)) return undefined;
    }
    const ms = Date.parse(fromTime);
    const snapshot = this.#options.archive.take();
    const session = await this.#options.duck.connect();
    try {
      // Events are stored soon after their time, so parts that end before the time have none of the requested events.
      const part = inOrder(snapshot.parts, snapshot.missing).find(({ newest }) => newest >= ms);
      if (part !== undefined && snapshot.missing.includes(part)) return part.firstSeq;
      const from = part && snapshot.files[snapshot.parts.indexOf(part)];
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
    { parts, files, missing, table, seq }: ArchiveSnapshot,
    { category, categories = category === undefined ? undefined : [category], entity, toSeq, skipMissing }: SpanQuery,
    from: number,
  ): AsyncGenerator<RecordedEvent> {
    if (categories !== undefined && !categories.includes("telemetry")) return;
    const to = Math.min(toSeq ?? seq, seq);
    const wanted = inOrder(parts, missing).filter(({ firstSeq, lastSeq }) => lastSeq >= from && firstSeq <= to);
    const only = entity === undefined ? "" : ` AND entity = ${quotedText(entity)}`;
    const session = await this.#options.duck.connect();
    const turns = new LoopTurns();
    try {
      for (const part of [...wanted, undefined]) {
        const source = part === undefined ? table : await this.#sourceOf(part, files[parts.indexOf(part)]);
        if (source === undefined) {
          if (part === undefined || skipMissing === true) continue;
          throw isMissing(part);
        }
        const sql = `SELECT ${ROW_COLUMNS} FROM ${source} WHERE seq >= ${from} AND seq <= ${to}${only}`;
        for await (const rows of session.stream<ArchivedRow>(sql)) {
          for (const row of rows) {
            yield eventOf(row);
            const turn = turns.due();
            if (turn !== undefined) await turn;
          }
        }
      }
    } finally {
      session.close();
    }
  }

  /** The part's rows as SQL. Undefined if its file is missing or damaged: a damaged file may have wrong rows. */
  async #sourceOf(part: Part, file: string | undefined): Promise<string | undefined> {
    return file !== undefined && (await this.#options.archive.isWhole(part)) ? parquet([file]) : undefined;
  }
}

function inOrder(parts: readonly Part[], missing: readonly Part[]): readonly Part[] {
  return missing.length === 0 ? parts : [...parts, ...missing].sort((a, b) => a.firstSeq - b.firstSeq);
}

function isMissing({ firstSeq, lastSeq }: Part): FleetError {
  const message = `telemetry from sequence ${firstSeq} to ${lastSeq} is missing in this historian's archive`;
  return new FleetError("history-unavailable", message, {
    advice: "Ask for a span without these sequences. GET /api/system has the first ranges of missing sequences.",
  });
}
