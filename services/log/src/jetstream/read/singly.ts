import type { StreamName } from "@fleetlog/domain";
import type { ReadQuery, StreamState } from "../../log.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { BackwardsPages } from "./backwards.ts";
import type { StoredMessage } from "./direct.ts";
import type { FetchedEntry, Fetcher } from "./fetch.ts";
import type { BoundedFilter } from "./plan.ts";
import type { SeveralMessages } from "./several-messages.ts";
import { stepsBackwards, stepsForwards } from "./steps.ts";

/** The most entries that are read singly. */
export const MAX_STEPS = 64;
/** After this many single entries, a whole part of the stream is read if the last entries were close together. */
const STEPS_TO_JUDGE = 8;
const PART_ENTRIES = 1_024;
const PART_BYTES = 2 * 1024 * 1024;
/** After this many characters of other events, a read of some ids goes on with headers alone. */
const MAX_OTHERS = 64 * 1024;

export interface ReadEntry {
  readonly message: Pick<FetchedEntry["message"], "subject" | "string" | "data">;
  readonly info: Pick<FetchedEntry["info"], "seq">;
}

/** Reads the first entries of some subjects one by one: cheaper than a consumer for the few events of one entity. */
export class Singly {
  readonly #connection: ServerConnection;
  readonly #fetcher: Fetcher;
  readonly #several: SeveralMessages;
  readonly #replicas: (stream: StreamName) => number;

  constructor(
    connection: ServerConnection,
    fetcher: Fetcher,
    several: SeveralMessages,
    replicas: (stream: StreamName) => number,
  ) {
    this.#connection = connection;
    this.#fetcher = fetcher;
    this.#several = several;
    this.#replicas = replicas;
  }

  /**
   * Reads at most {@link MAX_STEPS} entries singly. If they are close together in the stream, a whole part of the stream is
   * read instead. Returns the sequence from which the read goes on; undefined at its end.
   */
  async *read(
    { stream, direction, fromSeq, ids }: ReadQuery,
    lasts: ReadonlyMap<string, StoredMessage>,
    { firstSeq, lastSeq }: StreamState,
  ): AsyncGenerator<readonly ReadEntry[], number | undefined> {
    const backwards = direction === "backwards";
    const open = (from: number) =>
      backwards
        ? stepsBackwards(this.#connection, stream, lasts, from)
        : stepsForwards(this.#connection, stream, lasts, from, lastSeq);
    let next = backwards ? Math.min(fromSeq ?? lastSeq, lastSeq) : (fromSeq ?? firstSeq);
    let steps = open(next);
    let began = next;
    let others = 0;
    for (let taken = 1; taken <= MAX_STEPS; taken++) {
      const step = await this.#several.ifSupported(stream, () => steps.next());
      if (step === undefined) return next;
      if (step.done) return undefined;
      const { subject, seq, id, json } = step.value;
      yield [{ message: { subject, string: () => json, data: Buffer.from(json) }, info: { seq } }];
      next = backwards ? seq - 1 : seq + 1;
      if (ids !== undefined) {
        if (id !== undefined && !ids(id)) others += json.length;
        if (taken === STEPS_TO_JUDGE || others > MAX_OTHERS) return next;
      }
      if (taken % STEPS_TO_JUDGE === 1) began = seq;
      if (taken % STEPS_TO_JUDGE !== 0 || Math.abs(seq - began) > PART_ENTRIES / 4) continue;
      const filter: BoundedFilter = { filter: undefined, matches: (other) => lasts.has(other), lastSeq };
      if (backwards) {
        const pages = new BackwardsPages(this.#fetcher, stream, firstSeq, lastSeq);
        const { entries, floor } = await pages.before(filter, next, PART_ENTRIES);
        yield entries.toReversed();
        next = floor - 1;
      } else {
        const upTo = Math.min(next + PART_ENTRIES - 1, lastSeq);
        const whole = this.#replicas(stream) > 1;
        const limits = { maxEntries: PART_ENTRIES, maxBytes: PART_BYTES, upTo, lastMatch: whole ? upTo : undefined };
        const part = await this.#fetcher.window({ ...filter, ...limits, stream, start: { seq: next }, whole });
        yield part.entries;
        next = part.through + 1;
      }
      if (next < firstSeq || next > lastSeq) return undefined;
      steps = open(next);
    }
    return next;
  }
}
