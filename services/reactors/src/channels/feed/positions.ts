import { type DeliveredEvents, encodeToken, FEED_STREAMS, type FeedStream } from "@fleetlog/domain";
import type { Bucket, Buckets } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type from "typebox";
import { CHECKPOINTS } from "../../checkpoint.ts";

const Sequence = Type.Integer({ minimum: 0 });
const check = checker(
  Type.Object({
    since: Type.Integer(),
    through: Type.Record(Type.String(), Sequence),
    begun: Type.Optional(
      Type.Object({ stream: Type.Enum(FEED_STREAMS), from: Sequence, through: Sequence, count: Sequence }),
    ),
  }),
);

const PREFIX = "feed.";

interface Position {
  readonly since: number;
  readonly through: Map<string, number>;
  /** The batch that was begun last: it may have been sent although no event says so. */
  begun?: DeliveredEvents | undefined;
}

/**
 * How far each feed has read its streams. Positions are saved a while after reading, so some events are read again after a
 * crash.
 */
export class FeedPositions {
  readonly #bucket: Bucket;
  readonly #positions = new Map<string, Position>();
  readonly #changed = new Set<string>();

  private constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  static async open(buckets: Buckets): Promise<FeedPositions> {
    return new FeedPositions(await buckets.open(CHECKPOINTS.name, { maxBytes: CHECKPOINTS.maxBytes }));
  }

  /** Undefined if the feed has not started since that definition. */
  async get(entity: string, since: number, stream: FeedStream): Promise<number | undefined> {
    return (await this.#load(entity, since))?.through.get(stream);
  }

  /** The batch that was begun last, unless its stream was read further since. */
  async begunBy(entity: string, since: number): Promise<DeliveredEvents | undefined> {
    return (await this.#load(entity, since))?.begun;
  }

  /**
   * Saves a batch's range before it is sent, so that another process sends it with the same id and events. If the range
   * can't be saved, the batch is not begun.
   */
  async begin(entity: string, since: number, range: DeliveredEvents): Promise<void> {
    const position = this.#of(entity, since);
    position.begun = range;
    this.#changed.add(entity);
    await this.save().catch((error: unknown) => {
      if (position.begun === range) position.begun = undefined;
      throw error;
    });
  }

  set(entity: string, since: number, stream: FeedStream, through: number): void {
    const position = this.#of(entity, since);
    position.through.set(stream, through);
    if (position.begun?.stream === stream && position.begun.from <= through) position.begun = undefined;
    this.#changed.add(entity);
  }

  async #load(entity: string, since: number): Promise<Position | undefined> {
    let known = this.#positions.get(entity);
    if (known === undefined) {
      const stored = check((await this.#bucket.get(keyOf(entity)))?.value);
      if (stored.ok) {
        known = { ...stored.value, through: new Map(Object.entries(stored.value.through)) };
        this.#positions.set(entity, known);
      }
    }
    return known?.since === since ? known : undefined;
  }

  #of(entity: string, since: number): Position {
    const known = this.#positions.get(entity);
    const position = known?.since === since ? known : { since, through: new Map<string, number>() };
    this.#positions.set(entity, position);
    return position;
  }

  async save(): Promise<void> {
    for (const entity of [...this.#changed]) {
      this.#changed.delete(entity);
      const position = this.#positions.get(entity);
      if (position === undefined) continue;
      const value = { ...position, through: Object.fromEntries(position.through) };
      await this.#bucket.put(keyOf(entity), value).catch((error: unknown) => {
        this.#changed.add(entity);
        throw error;
      });
    }
  }

  /** Deletes the positions of channels that are deleted, since the store is bounded. */
  async keepOnly(channels: Iterable<string>): Promise<void> {
    const kept = new Set([...channels].map(keyOf));
    for (const { key } of await this.#bucket.entries(PREFIX)) if (!kept.has(key)) await this.#bucket.delete(key);
  }

  async forget(entity: string): Promise<void> {
    this.#positions.delete(entity);
    this.#changed.delete(entity);
    await this.#bucket.delete(keyOf(entity));
  }
}

function keyOf(entity: string): string {
  return `${PREFIX}${encodeToken(entity)}`;
}
