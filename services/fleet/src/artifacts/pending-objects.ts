import { randomUUID } from "node:crypto";
import { type ArtifactId, encodeToken, FleetError } from "@fleetlog/domain";
import { type Bucket, type Buckets, type Logger, type ObjectStore, openOnUse } from "@fleetlog/log";

const BUCKET = "artifact-objects";
const MAX_BYTES = 16 * 1024 * 1024;
/** An entry that was not renewed for this long belongs to a process that has ended. */
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
   * Call directly before the event that makes readers find the object.
   * @throws FleetError `conflict` if the object was taken for abandoned
   */
  confirm(): Promise<void>;
  /** The object is stored and named by an event, or nothing of it remains. */
  settle(): Promise<void>;
  /** The object's state is unknown: a later sweep decides. */
  leave(): void;
}

export interface PendingObjectsOptions {
  readonly buckets: Buckets;
  /** The node's name: entries of its earlier processes are abandoned. */
  readonly node: string;
  readonly clock: () => number;
}

/**
 * Remembers, before an object is written or deleted, that it may have to be removed. So what an ended process leaves is
 * found, even after `kill -9`: a sweep removes the objects that no event names.
 */
export class PendingObjects {
  readonly #bucket: () => Promise<Bucket>;
  readonly #node: string;
  readonly #clock: () => number;
  /** Ids of this process. */
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
        if (revision === undefined) throw new FleetError("conflict", "the upload was taken for abandoned");
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
   * Removes the objects that ended processes left. `isNamed` says whether an event names the object of a version.
   * @param all also those of other nodes, once they are stale; default: those of this node's earlier processes
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
      // Its writer, if it still runs, can't confirm it any more.
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
