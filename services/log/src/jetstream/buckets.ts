import { FleetError } from "@fleetlog/domain";
import { formatSize } from "@fleetlog/runtime";
import { jetstream } from "@nats-io/jetstream";
import { type KV, Kvm, type KvOptions } from "@nats-io/kv";
import type { Bucket, BucketOptions, Buckets } from "../buckets.ts";
import { BucketMissing } from "../errors.ts";
import { isDirect, NatsBucket } from "./bucket.ts";
import { BucketList, type ListOptions } from "./bucket-list.ts";
import { isCreatedByOther, kindOf } from "./connection/api-error.ts";
import { attempt, isNotFound, isNotPermitted, type Patience, twice, untilFound } from "./connection/attempt.ts";
import type { ServerConnection } from "./connection/server-connection.ts";
import { accountFigures, RAISE_FILE_STORE } from "./connection/server-space.ts";
import type { Fetcher } from "./read/fetch.ts";
import { Semaphore } from "./read/semaphore.ts";

/** Maximum number of lists that are answered without a consumer at a time, for the same reason as in `reader.ts`. */
const MAX_ANSWERS = 32;

const NANOS = 1_000_000;
/** The client library's default duplicate window. */
const DUPLICATE_WINDOW_MS = 120_000;

/** How long a process waits for a gateway to make a bucket. */
const MADE_WITHIN_MS = 5_000;

interface StreamOfBucket {
  readonly config: { readonly allow_direct?: boolean };
}

/** In nanoseconds. */
interface StreamDurations {
  readonly max_age: number;
  readonly duplicate_window: number;
}

export class NatsBuckets implements Buckets {
  readonly #connection: ServerConnection;
  readonly #lists: ListOptions;
  readonly #kvm: Kvm;
  readonly #replicas: number;
  readonly #startsUntil: number;
  readonly #updates: boolean;
  readonly #open = new Map<string, Promise<Bucket>>();
  /** nats-server's error by bucket, for buckets that this process may not make. */
  readonly #refusals = new Map<string, unknown>();

  /**
   * @param startsUntil a time of `steadyTime`: until then, opening a bucket waits for a cluster that is being formed
   * @param updates whether this process may make buckets, and change the time to live of an existing bucket
   */
  constructor(connection: ServerConnection, fetcher: Fetcher, replicas: number, startsUntil: number, updates: boolean) {
    this.#startsUntil = startsUntil;
    this.#updates = updates;
    this.#connection = connection;
    this.#lists = { connection, fetcher, replicas, answers: new Semaphore(MAX_ANSWERS) };
    this.#kvm = new Kvm(jetstream(connection.nc));
    this.#replicas = replicas;
  }

  open(name: string, options: BucketOptions): Promise<Bucket> {
    let bucket = this.#open.get(name);
    if (bucket === undefined) {
      bucket = this.#create(name, options);
      this.#open.set(name, bucket);
      bucket.catch(() => this.#open.delete(name));
    }
    return bucket;
  }

  async #create(name: string, { ttlMs, maxBytes }: BucketOptions): Promise<Bucket> {
    const settings = {
      history: 1,
      max_bytes: maxBytes,
      replicas: this.#replicas,
      // With replicas, a follower may lack the newest revision.
      allow_direct: this.#replicas === 1,
      ...(ttlMs === undefined ? {} : { ttl: ttlMs }),
    };
    // If several processes create a bucket at the same moment, some of them may get no answer.
    const opened = <T>(call: () => Promise<T>) => attempt(this.#connection, call, this.#patience(name));
    const kv = await opened(() =>
      this.#updates ? twice(() => this.#createOrOpen(name, settings)) : this.#openMade(name, settings),
    );
    // A new leader of the cluster may not know the stream yet, and the stream may not have a leader.
    if (this.#replicas > 1) await opened(() => this.#connection.api(`$JS.API.STREAM.INFO.KV_${name}`));
    const otherTtlMs = ttlMs === undefined ? undefined : await opened(() => this.#setTtl(name, ttlMs));
    const list = new BucketList(name, isDirect(kv), this.#lists);
    return new NatsBucket(name, kv, this.#connection, list, otherTtlMs);
  }

  #patience(bucket: string): Patience {
    const { logger } = this.#connection;
    return {
      until: this.#startsUntil,
      waiting: ({ message }) => logger.warn({ bucket, reason: message }, "waiting for nats-server to open a bucket"),
    };
  }

  /**
   * Gateways make the buckets of the other processes at their start. Only the first call waits for that: until the
   * bucket exists, callers try again and again.
   */
  async #openMade(name: string, settings: Partial<KvOptions>): Promise<KV> {
    const stream = `KV_${name}`;
    const info = () => this.#connection.api<StreamOfBucket>(`$JS.API.STREAM.INFO.${stream}`);
    const refused = this.#refusals.get(name);
    try {
      const { config } = await untilFound(this.#connection, stream, refused === undefined ? MADE_WITHIN_MS : 0, info);
      return await this.#kvm.open(name, { allow_direct: config.allow_direct === true && this.#replicas === 1 });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      if (refused !== undefined) throw new BucketMissing(name, refused);
      return this.#makeIfPermitted(name, settings);
    }
  }

  /**
   * Gateways of earlier releases do not make the bucket, but the permissions of those releases let this process make
   * it.
   */
  async #makeIfPermitted(name: string, settings: Partial<KvOptions>): Promise<KV> {
    this.#connection.expectRefusal(`$JS.API.STREAM.CREATE.KV_${name}`);
    try {
      return await twice(() => this.#createOrOpen(name, settings));
    } catch (error) {
      if (!isNotPermitted(error)) throw error;
      this.#refusals.set(name, error);
      const missing = new BucketMissing(name, error);
      this.#connection.logger.warn({ bucket: name, advice: missing.advice }, missing.message);
      throw missing;
    }
  }

  async #createOrOpen(name: string, settings: Partial<KvOptions>): Promise<KV> {
    try {
      return await this.#kvm.create(name, settings);
    } catch (error) {
      const { code, message } = error as Error & { readonly code?: number };
      if (isCreatedByOther(code)) return this.#kvm.open(name);
      // nats-server has no space for another bucket, but this one may exist.
      if (kindOf({ code: 0, description: message }) !== "full") throw error;
      await this.#connection.api(`$JS.API.STREAM.INFO.KV_${name}`).catch(async () => {
        throw await this.#noServerSpace(name, settings.max_bytes, error);
      });
      return this.#kvm.open(name);
    }
  }

  async #noServerSpace(name: string, bytes: number | undefined, cause: unknown): Promise<FleetError> {
    const needed = bytes === undefined ? "" : `, which needs ${formatSize(bytes)}`;
    const reason = cause instanceof Error ? ` (${cause.message})` : "";
    return new FleetError("log-full", `nats-server has no space for the bucket ${name}${needed}${reason}`, {
      advice: `${await accountFigures(this.#connection)}${RAISE_FILE_STORE}.`,
      cause,
    });
  }

  /**
   * Opening an existing bucket does not change its time to live. Resolves with the present one if this process may not change it.
   */
  async #setTtl(name: string, ttlMs: number): Promise<number | undefined> {
    const stream = `KV_${name}`;
    const { config } = await this.#connection.api<{ readonly config: StreamDurations }>(
      `$JS.API.STREAM.INFO.${stream}`,
    );
    const max_age = ttlMs * NANOS;
    if (config.max_age === max_age) return undefined;
    if (!this.#updates) {
      const present = config.max_age === 0 ? undefined : config.max_age / NANOS;
      const reason = "only gateways change this, for the buckets that they use";
      this.#connection.logger.warn({ bucket: name, ttlMs, present, reason }, "a bucket has another time to live");
      return present;
    }
    // The server does not allow a window that is longer than the time to live.
    const duplicate_window = Math.min(max_age, DUPLICATE_WINDOW_MS * NANOS);
    await this.#connection.api(`$JS.API.STREAM.UPDATE.${stream}`, { ...config, max_age, duplicate_window });
    this.#connection.logger.info({ bucket: name, ttlMs }, "time to live of the bucket updated");
    return undefined;
  }
}
