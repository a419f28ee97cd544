import { randomUUID } from "node:crypto";
import { type ArtifactId, encodeToken, FleetError } from "@fleetlog/domain";
import { type Bucket, type Buckets, type Logger, type ObjectStore, openOnUse, steadyTime } from "@fleetlog/log";

const BUCKET = "artifact-objects";
const MAX_BYTES = 16 * 1024 * 1024;
/** An entry that a sweeper sees without a renewal for this long belongs to an ended process. */
const STALE_MS = 10 * 60_000;
const RENEW_MS = 60_000;

interface Entry {
  readonly node: string;
  readonly artifact: ArtifactId;
  /** Read only by sweepers of earlier releases: newer ones do not compare their clock with the writer's. */
  readonly at: number;
}

/** An object that is being written or deleted. */
export interface PendingObject {
  readonly id: string;
  /**
   * To be called directly before the event that names the object, and after it.
   * @throws FleetError `conflict` if a sweep has taken the object
   */
  confirm(): Promise<void>;
  /** To be called when an event names the object, or when it was removed. */
  settle(): Promise<void>;
  /** To be called when the object's state is unknown: a later sweep decides. */
  leave(): void;
}

export interface PendingObjectsOptions {
  readonly buckets: Buckets;
  /** Entries of this node's earlier processes are abandoned. */
  readonly node: string;
  readonly clock: () => number;
  /** Default: {@link steadyTime}. */
  readonly steady?: () => number;
}

/**
 * Records an object before it is written or deleted, so that a sweep finds it after a crash. A sweep removes recorded
 * objects that no event names.
 */
export class PendingObjects {
  readonly #bucket: () => Promise<Bucket>;
  readonly #node: string;
  readonly #clock: () => number;
  readonly #steady: () => number;
  readonly #own = new Set<string>();
  /** Since when this process has seen entries of other nodes unchanged. */
  #seen = new Map<string, { readonly revision: number; readonly since: number }>();

  constructor({ buckets, node, clock, steady = steadyTime }: PendingObjectsOptions) {
    this.#bucket = openOnUse(buckets, BUCKET, { maxBytes: MAX_BYTES });
    this.#node = node;
    this.#clock = clock;
    this.#steady = steady;
  }

  /** @param object the object to delete; default: a new one to write */
  async begin(artifact: ArtifactId, object: string = randomUUID()): Promise<PendingObject> {
    const bucket = await this.#bucket();
    const key = encodeToken(object);
    const entry = (): Entry => ({ node: this.#node, artifact, at: this.#clock() });
    this.#own.add(object);
    let revision: number | undefined = await bucket.put(key, entry()).catch((error: unknown) => {
      this.#own.delete(object);
      throw error;
    });
    const renew = async () => {
      if (revision !== undefined) revision = await bucket.update(key, entry(), revision);
    };
    let renewing = Promise.resolve();
    const timer = setInterval(() => {
      renewing = renewing.then(renew).catch(() => {});
    }, RENEW_MS).unref();
    const end = () => {
      clearInterval(timer);
      this.#own.delete(object);
    };
    return {
      id: object,
      async confirm() {
        await renewing;
        await renew();
        if (revision === undefined)
          throw new FleetError("conflict", "the upload was removed, because it looked abandoned");
      },
      async settle() {
        end();
        await renewing;
        await bucket.delete(key);
      },
      leave: end,
    };
  }

  /**
   * Removes what ended processes left, except objects that an event names (`isNamed`).
   * @param all also stale objects of other nodes; default: only those of this node's earlier processes
   */
  async sweep(
    objects: Pick<ObjectStore, "remove">,
    isNamed: (artifact: ArtifactId, object: string) => Promise<boolean>,
    { all = false, logger }: { readonly all?: boolean; readonly logger?: Logger } = {},
  ): Promise<number> {
    const bucket = await this.#bucket();
    let removed = 0;
    const entries = await bucket.entries();
    this.#look(entries);
    for (const { key, value, revision } of entries) {
      const { node, artifact } = value as Entry;
      const isOwn = node === this.#node && !this.#own.has(key);
      const isStale = this.#steady() - (this.#seen.get(key)?.since ?? 0) >= STALE_MS && !this.#own.has(key);
      if (!isOwn && !(all && isStale)) continue;
      // After this update, `confirm` fails for a writer that still runs.
      if (
        (await bucket.update(key, { ...(value as Entry), node: this.#node, at: this.#clock() }, revision)) === undefined
      )
        continue;
      if (!(await isNamed(artifact, key))) {
        await objects.remove(key);
        removed += 1;
        logger?.info({ artifact, object: key }, "removed what an interrupted upload or deletion left");
      }
      await bucket.delete(key);
    }
    return removed;
  }

  /** Notes since when each entry has its revision. */
  #look(entries: readonly { readonly key: string; readonly revision: number }[]): void {
    const now = this.#steady();
    this.#seen = new Map(
      entries.map(({ key, revision }) => {
        const before = this.#seen.get(key);
        return [key, before?.revision === revision ? before : { revision, since: now }];
      }),
    );
  }
}
