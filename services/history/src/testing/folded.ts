import { FleetError, invalid, type RecordedEvent, type Scope } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";
import { answerAsOf } from "@fleetlog/projections/testing";
import type { AsOf, Moment, Progress } from "../moments/as-of.ts";

/** Folds the whole log for every answer. */
export class FoldedAsOf implements AsOf {
  readonly #log: EventLog;

  constructor(log: EventLog) {
    this.#log = log;
  }

  async resolve(at: string | number): Promise<Moment> {
    const events = await this.#events();
    const last = events.at(-1);
    if (typeof at === "number" && last !== undefined && at > last.seq) throw invalid("at", "at is later than the log");
    const found = events.findLast(({ seq, time }) => (typeof at === "number" ? seq <= at : time <= at));
    if (found === undefined) throw invalid("at", "at is before the log's first event");
    return { seq: typeof at === "number" ? at : found.seq, at: found.time };
  }

  answer(query: string, params: unknown, scope: Scope | undefined, { seq, at }: Moment): Promise<unknown> {
    return answerAsOf(this.#log, { query, params, scope, seq, at });
  }

  progress(): Progress {
    return { seq: Number.MAX_SAFE_INTEGER, goal: Number.MAX_SAFE_INTEGER };
  }

  async waitFor(seq: number): Promise<void> {
    const { lastSeq } = await this.#log.state("FLEET");
    if (seq > lastSeq) throw new FleetError("history-unavailable", "the history is behind");
  }

  async close(): Promise<void> {}

  async #events(): Promise<RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for await (const event of this.#log.read({ stream: "FLEET" })) events.push(event);
    return events;
  }
}
