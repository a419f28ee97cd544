import { encodeToken, type FeedStream } from "@fleetlog/domain";
import type { Bucket, Buckets } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type from "typebox";
import { CHECKPOINTS } from "../../checkpoint.ts";

const check = checker(
  Type.Object({
    since: Type.Integer(),
    through: Type.Record(Type.String(), Type.Integer({ minimum: 0 })),
  }),
);

const PREFIX = "feed.";

interface Position {
  readonly since: number;
  readonly through: Map<string, number>;
}

/** How far each feed has read its streams. An event may be read twice, because positions are saved later. */
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
    let known = this.#positions.get(entity);
    if (known === undefined) {
      const stored = check((await this.#bucket.get(keyOf(entity)))?.value);
      if (stored.ok) {
        known = { since: stored.value.since, through: new Map(Object.entries(stored.value.through)) };
        this.#positions.set(entity, known);
      }
    }
    return known?.since === since ? known.through.get(stream) : undefined;
  }

  set(entity: string, since: number, stream: FeedStream, through: number): void {
    const known = this.#positions.get(entity);
    const position = known?.since === since ? known : { since, through: new Map<string, number>() };
    position.through.set(stream, through);
    this.#positions.set(entity, position);
    this.#changed.add(entity);
  }

  async save(): Promise<void> {
    for (const entity of [...this.#changed]) {
      this.#changed.delete(entity);
      const position = this.#positions.get(entity);
      if (position === undefined) continue;
      const value = { since: position.since, through: Object.fromEntries(position.through) };
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
