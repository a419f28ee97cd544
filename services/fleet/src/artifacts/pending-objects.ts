import { randomUUID } from "node:crypto";
import { type ArtifactId, encodeToken, FleetError } from "@fleetlog/domain";
import { type Bucket, type Buckets, type Logger, type ObjectStore, openOnUse } from "@fleetlog/log";

const BUCKET = "artifact-objects";
const MAX_BYTES = 16 * 1024 * 1024;
/** An entry without a renewal for this long belongs to an ended process. */
const STALE_MS = 10 * 60_000;
const RENEW_MS = 60_000;

interface Entry {
  readonly node: string;
  readonly artifact: ArtifactId;
  readonly at: number;
}

/** An object that is being written or deleted. */
export interface PendingObject {
  readonly id: string;
  /**
   * To be called directly before the event that names the object.
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
}

/**
 * Records an object before it is written or deleted, so that a sweep finds it after a crash. A sweep removes recorded
 * objects that no event names.
 */
export class PendingObjects {
  readonly #bucket: () => Promise<Bucket>;
  readonly #node: string;
  readonly #clock: () => number;
  readonly #own = new Set<string>();

  constructor({ buckets, node, clock }: PendingObjectsOptions) {
    this.#bucket = openOnUse(buckets, BUCKET, { maxBytes: MAX_BYTES });
    this.#node = node;
    this.#clock = clock;
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
    for (const { key, value, revision } of await bucket.entries()) {
      const { node, artifact, at } = value as Entry;
      const isOwn = node === this.#node && !this.#own.has(key);
      const isStale = this.#clock() - at > STALE_MS && !this.#own.has(key);
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
}
