import { pauseAfter } from "@fleetlog/runtime";
import type { KV, KvEntry } from "@nats-io/kv";
import type { MsgHdrs } from "@nats-io/nats-core";
import type { Bucket, Entry } from "../buckets.ts";
import { unreachable } from "../errors.ts";
import { steadyTime } from "../steady-time.ts";
import { type BucketList, COPIED } from "./bucket-list.ts";
import { ERR_CODE } from "./connection/api-error.ts";
import { attempt, twice } from "./connection/attempt.ts";
import { RETRIES, RETRY_FOR_MS, type ServerConnection } from "./connection/server-connection.ts";
import { fromLeader } from "./read/direct.ts";

export class NatsBucket implements Bucket {
  readonly ttlMs?: number;
  readonly #name: string;
  readonly #kv: KV;
  readonly #connection: ServerConnection;
  readonly #list: BucketList;

  constructor(name: string, kv: KV, connection: ServerConnection, list: BucketList, otherTtlMs: number | undefined) {
    if (otherTtlMs !== undefined) this.ttlMs = otherTtlMs;
    this.#name = name;
    this.#kv = kv;
    this.#connection = connection;
    this.#list = list;
  }

  async get(key: string): Promise<Entry | undefined> {
    const entry = await this.#entry(key);
    if (entry === undefined || this.#isCopy(entry)) return undefined;
    return { key, value: entry.json(), revision: entry.revision };
  }

  async #entry(key: string): Promise<KvEntry | undefined> {
    const entry = await attempt(this.#connection, () => twice(() => noneIfStatus(this.#kv.get(key))));
    return entry?.operation === "PUT" ? entry : undefined;
  }

  /** Revision of what is stored under the key: an entry, or an answer of nats-server without content. 0: nothing. */
  async #storedRevision(key: string): Promise<number> {
    // A direct get from an old server returns a stored status line as the status of the get, so the leader is asked.
    const ask = () => fromLeader(this.#connection, `KV_${this.#name}`, { last_by_subj: `$KV.${this.#name}.${key}` });
    return (await attempt(this.#connection, ask))?.seq ?? 0;
  }

  /**
   * Whether a reader had an answer of nats-server stored as the entry, see {@link COPIED}. An answer with a status is
   * empty, and others have the header. A direct get adds the header once itself.
   */
  #isCopy(entry: KvEntry): boolean {
    const { sm } = entry as Partial<{ readonly sm: { readonly header?: MsgHdrs } }>;
    return entry.value.length === 0 || (sm?.header?.values(COPIED).length ?? 0) > (isDirect(this.#kv) ? 1 : 0);
  }

  create(key: string, value: unknown): Promise<number | undefined> {
    let copy = 0;
    return this.#write(
      () => (copy === 0 ? this.#kv.create(key, encode(value)) : this.#kv.update(key, encode(value), copy)),
      async () => {
        const entry = await this.#entry(key);
        if (entry !== undefined && !this.#isCopy(entry)) return true;
        // A stored answer of nats-server counts as no entry, so it is replaced.
        copy = entry?.revision ?? (await this.#storedRevision(key));
        return false;
      },
    );
  }

  put(key: string, value: unknown): Promise<number> {
    return attempt(this.#connection, () => this.#kv.put(key, encode(value)));
  }

  async update(key: string, value: unknown, revision: number): Promise<number | undefined> {
    // For the server, revision 0 means that the key must not exist.
    if (revision < 1) return undefined;
    return this.#write(
      () => this.#kv.update(key, encode(value), revision),
      async () => (await this.get(key))?.revision !== revision,
    );
  }

  /**
   * Writes if the key is as expected. A cluster also refuses a write while an earlier write of the key is being
   * replicated. The earlier write may still fail, so this write is repeated until it succeeds or `hasChanged`.
   */
  async #write(write: () => Promise<number>, hasChanged: () => Promise<boolean>): Promise<number | undefined> {
    const until = steadyTime() + RETRY_FOR_MS;
    for (let refusals = 1; ; refusals++) {
      const revision = await attempt(this.#connection, () => undefinedIfChanged(write()));
      if (revision !== undefined) return revision;
      if (await hasChanged()) return undefined;
      const wait = pauseAfter(refusals, RETRIES);
      if (steadyTime() + wait >= until) throw unreachable(new Error("another write of the key does not end"));
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  async delete(key: string, revision?: number): Promise<boolean> {
    if (revision === undefined) {
      await attempt(this.#connection, () => this.#kv.delete(key));
      return true;
    }
    // For the library, revision 0 means any revision.
    if (revision < 1) return false;
    const deleted = await this.#write(
      () => this.#kv.delete(key, { previousSeq: revision }).then(() => revision),
      async () => (await this.get(key))?.revision !== revision,
    );
    return deleted !== undefined;
  }

  entries(prefix = ""): Promise<Entry[]> {
    return this.#list.entries(prefix);
  }
}

/**
 * Whether the library reads the bucket by direct gets. The library decides this by the stream's settings, which an
 * earlier configuration may have made.
 */
export function isDirect(kv: KV): boolean {
  const { direct = true } = kv as Partial<{ readonly direct: boolean }>;
  return direct;
}

function encode(value: unknown): string {
  return JSON.stringify(value ?? null);
}

/**
 * If an answer with a status was stored under the key, old servers return the stored status line. Then the client library
 * takes this status for the outcome of the get.
 */
function isStoredStatus(error: unknown): boolean {
  const { name, code } = error as Error & { readonly code?: unknown };
  return name === "JetStreamStatusError" && code === 404;
}

async function noneIfStatus(get: Promise<KvEntry | null>): Promise<KvEntry | null> {
  try {
    return await get;
  } catch (error) {
    if (isStoredStatus(error)) return null;
    throw error;
  }
}

async function undefinedIfChanged(write: Promise<number>): Promise<number | undefined> {
  try {
    return await write;
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === ERR_CODE.wrongLastSequence || code === ERR_CODE.wrongLastSequenceUnknown) return undefined;
    // After a refused creation the library reads the key, which may have a stored status.
    if (isStoredStatus(error)) return undefined;
    throw error;
  }
}
