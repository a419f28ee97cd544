import type { Category } from "@fleetlog/domain";
import type { Bucket, Buckets, EventLog } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type from "typebox";

const BUCKET = { name: "reactors", maxBytes: 1024 ** 2 };
const checkValue = checker(Type.Record(Type.String(), Type.Integer({ minimum: 0 })), "checkpoint");

/** Where a new reaction starts: after this sequence, such as the log's newest ("now"). */
export interface StartAfter {
  readonly categories: readonly Category[];
  readonly seq: () => Promise<number>;
}

/** Starts a new reaction after the log's newest event: it does not react to events from before it was installed. */
export function fromNow(log: Pick<EventLog, "state">, categories: readonly Category[]): StartAfter {
  return { categories, seq: async () => (await log.state("FLEET")).lastSeq };
}

/**
 * For each category, the last sequence that a reaction has processed; for reactions that can't read their state from a
 * view. The next process continues after this sequence. The saved checkpoint may be older than the last event that was
 * processed, so processing an event twice must be harmless.
 */
export class Checkpoint {
  readonly #bucket: Bucket;
  readonly #key: string;
  readonly #through: Map<Category, number>;

  private constructor(bucket: Bucket, key: string, through: Map<Category, number>) {
    this.#bucket = bucket;
    this.#key = key;
    this.#through = through;
  }

  /**
   * Loads the checkpoint that the reaction saved last. If there is none, the reaction has never run: it starts at the
   * first event, or after `from` if given. `from` is saved at once, so that a restart before the next event starts
   * there too.
   */
  static async open(buckets: Buckets, reaction: string, from?: StartAfter): Promise<Checkpoint> {
    const bucket = await buckets.open(BUCKET.name, { maxBytes: BUCKET.maxBytes });
    const key = `checkpoint.${reaction}`;
    const checked = checkValue((await bucket.get(key))?.value);
    const through = checked.ok ? (Object.entries(checked.value) as [Category, number][]) : [];
    const checkpoint = new Checkpoint(bucket, key, new Map(through));
    if (checked.ok || from === undefined) return checkpoint;
    const seq = await from.seq();
    for (const category of from.categories) checkpoint.advance(category, seq);
    await checkpoint.save(seq);
    return checkpoint;
  }

  get through(): ReadonlyMap<Category, number> {
    return this.#through;
  }

  advance(category: Category, throughSeq: number): void {
    this.#through.set(category, throughSeq);
  }

  /** Saves the sequence of each category, but at most `atMost`. */
  async save(atMost: number): Promise<void> {
    const entries = [...this.#through].map(([category, seq]) => [category, Math.min(seq, atMost)]);
    await this.#bucket.put(this.#key, Object.fromEntries(entries));
  }
}
