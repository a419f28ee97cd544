import type { Category } from "@fleetlog/domain";
import { type Bucket, type Buckets, type EventLog, SHARED_BUCKETS } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type from "typebox";
import type { Context } from "./reaction.ts";

/** The bucket with the progress of all reactions. */
export const CHECKPOINTS = { name: "reactors", ...SHARED_BUCKETS.reactors };
const SAVE_EVERY_MS = 5_000;
const checkValue = checker(Type.Record(Type.String(), Type.Integer({ minimum: 0 })), "checkpoint");

/** Where a reaction without a checkpoint starts. */
export interface StartAfter {
  readonly categories: readonly Category[];
  readonly seq: () => Promise<number>;
}

/** Starts a new reaction after the log's newest event, so that it does not react to what happened before. */
export function fromNow(log: Pick<EventLog, "state">, categories: readonly Category[]): StartAfter {
  return { categories, seq: async () => (await log.state("FLEET")).lastSeq };
}

/**
 * By category, the sequence up to which a reaction has processed events. It is saved later than events are processed, so
 * processing an event twice must be harmless.
 */
export class Checkpoint {
  readonly #bucket: Bucket;
  readonly #key: string;
  readonly #through: Map<Category, number>;
  #savedAt: number | undefined;

  private constructor(bucket: Bucket, key: string, through: Map<Category, number>) {
    this.#bucket = bucket;
    this.#key = key;
    this.#through = through;
  }

  /**
   * Loads the saved checkpoint. A reaction without one starts at the first event, or after `from`, which is saved at
   * once so that a restart starts there too.
   */
  static async open(buckets: Buckets, reaction: string, from?: StartAfter): Promise<Checkpoint> {
    const bucket = await buckets.open(CHECKPOINTS.name, { maxBytes: CHECKPOINTS.maxBytes });
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

  /**
   * To be called when all events up to `throughSeq` were processed. Saves if five seconds have passed since the last
   * save, or since the first call.
   * @param atMost returns the sequence after which nothing may be saved as processed
   */
  async processed(
    category: Category,
    throughSeq: number,
    { clock, signal }: Pick<Context, "clock" | "signal">,
    atMost: () => number = () => Number.MAX_SAFE_INTEGER,
  ): Promise<void> {
    this.advance(category, throughSeq);
    this.#savedAt ??= clock.elapsed();
    if (signal.aborted || clock.elapsed() - this.#savedAt < SAVE_EVERY_MS) return;
    await this.save(atMost());
    this.#savedAt = clock.elapsed();
  }

  async save(atMost: number): Promise<void> {
    const entries = [...this.#through].map(([category, seq]) => [category, Math.min(seq, atMost)]);
    await this.#bucket.put(this.#key, Object.fromEntries(entries));
  }
}
