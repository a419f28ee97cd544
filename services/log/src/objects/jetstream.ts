import { FleetError } from "@fleetlog/domain";
import { unreachable } from "../errors.ts";
import { type ApiErrorBody, ERR_CODE, JetStreamApiFailure, kindOf } from "../jetstream/connection/api-error.ts";
import { type DialOptions, dial } from "../jetstream/connection/dial.ts";
import { ServerConnection } from "../jetstream/connection/server-connection.ts";
import { lastMessage } from "../jetstream/read/direct.ts";
import { type Fetch, Fetcher } from "../jetstream/read/fetch.ts";
import { silent } from "../logger.ts";
import { steadyTime } from "../steady-time.ts";
import { ChunkIndex } from "./chunk-index.ts";
import { inChunks } from "./chunks.ts";
import { type Digests, Hasher } from "./digests.ts";
import { noServerSpace } from "./no-server-space.ts";
import { type ByteRange, checkId, type ObjectStore, objectNotFound, storageFull } from "./object-store.ts";
import { ensureObjectStream, type ObjectStreamDeclaration } from "./stream.ts";

export interface JetStreamObjectsOptions extends DialOptions {
  readonly stream: ObjectStreamDeclaration;
}

/** The chunk size of the client library. */
const CHUNK_BYTES = 128 * 1024;
/** At most 2 MiB wait for an acknowledgement. */
const IN_FLIGHT = 16;
/** While the reader takes this many chunks (1 MiB), as many more are fetched. */
const WINDOW = 8;
const CONNECT_WITHIN_MS = 2_000;
const ACK_TIMEOUT_MS = 10_000;
const PURGE_WITHIN_MS = 60_000;
const INDEX = "fleetlog-index";

interface ObjectMeta {
  readonly size: number;
  readonly chunks: number;
  readonly metadata?: { readonly [INDEX]?: string };
}

interface Connection {
  readonly connection: ServerConnection;
  readonly fetcher: Fetcher;
}

/**
 * Stores objects in the format that `nats object` reads. It has a connection of its own, so that events never wait for
 * bytes of objects.
 */
export class JetStreamObjects implements ObjectStore {
  readonly #options: JetStreamObjectsOptions;
  readonly #stream: string;
  #opening: Promise<Connection> | undefined;

  constructor(options: JetStreamObjectsOptions) {
    this.#options = options;
    this.#stream = `OBJ_${options.stream.bucket}`;
  }

  async write(id: string, bytes: AsyncIterable<Uint8Array>): Promise<Digests> {
    const subject = this.#chunkSubject(id);
    const { connection } = await this.#open();
    const hasher = new Hasher();
    const index = new ChunkIndex();
    const pending: Promise<number>[] = [];
    let chunks = 0;
    const acknowledged = async () => {
      const seq = await pending.shift();
      if (seq !== undefined) index.stored(chunks++, seq);
    };
    try {
      for await (const chunk of inChunks(bytes, CHUNK_BYTES)) {
        hasher.update(chunk);
        if (pending.length === IN_FLIGHT) await acknowledged();
        const stored = this.#publish(connection, subject, chunk);
        stored.catch(() => {});
        pending.push(stored);
      }
      while (pending.length > 0) await acknowledged();
      const digests = hasher.digests();
      await this.#publish(connection, this.#metaSubject(id), JSON.stringify(this.#meta(id, digests, chunks, index)));
      return digests;
    } catch (error) {
      await Promise.allSettled(pending);
      await this.remove(id);
      throw error;
    }
  }

  async *read(id: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    const subject = this.#chunkSubject(id);
    const { connection, fetcher } = await this.#open();
    const found = await lastMessage(connection, this.#stream, this.#metaSubject(id), this.#options.stream.replicas);
    if (found === undefined) throw objectNotFound(id);
    const meta = JSON.parse(found.json) as ObjectMeta;
    const { start, end } = range ?? { start: 0, end: meta.size };
    const last = Math.ceil(end / CHUNK_BYTES) - 1;
    const from = ChunkIndex.parse(meta.metadata?.[INDEX] ?? "").find(Math.floor(start / CHUNK_BYTES));
    if (start >= end || from === undefined) return;
    const fetch = (seq: number, chunk: number): Promise<Fetch> =>
      fetcher.window({
        stream: this.#stream,
        filter: subject,
        start: { seq },
        upTo: Number.MAX_SAFE_INTEGER,
        maxEntries: Math.min(WINDOW, last - chunk + 1),
        maxBytes: WINDOW * CHUNK_BYTES,
      });
    let { chunk } = from;
    let next: Promise<Fetch> | undefined = fetch(from.seq, chunk);
    while (next !== undefined) {
      const entries: Fetch["entries"] = (await next).entries;
      const newest = entries.at(-1);
      if (newest === undefined) throw objectNotFound(id);
      const after: number = chunk + entries.length;
      next = after > last ? undefined : fetch(newest.info.seq + 1, after);
      next?.catch(() => {});
      for (const { message } of entries) {
        const at = chunk++ * CHUNK_BYTES;
        const part = message.data.subarray(Math.max(start - at, 0), Math.max(end - at, 0));
        if (part.length > 0) yield part;
      }
    }
  }

  async remove(id: string): Promise<void> {
    const { connection } = await this.#open();
    // The description goes first, so that no reader finds an object without bytes.
    for (const filter of [this.#metaSubject(id), this.#chunkSubject(id)])
      await connection
        .api(`$JS.API.STREAM.PURGE.${this.#stream}`, { filter }, PURGE_WITHIN_MS)
        .catch((error: unknown) => {
          throw error instanceof FleetError ? error : unreachable(error);
        });
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = Promise.reject(unreachable());
    this.#opening.catch(() => {});
    const opened = await opening?.catch(() => undefined);
    await opened?.connection.close();
  }

  #open(): Promise<Connection> {
    this.#opening ??= this.#connect().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #connect(): Promise<Connection> {
    const { stream, ...options } = this.#options;
    const logger = options.logger ?? silent;
    const connection = new ServerConnection(
      await dial({ ...options, logger }, steadyTime() + CONNECT_WITHIN_MS),
      logger,
    );
    try {
      await ensureObjectStream(connection, stream);
      return { connection, fetcher: new Fetcher(connection) };
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  #meta(id: string, { size, sha256 }: Digests, chunks: number, index: ChunkIndex): object {
    const digest = Buffer.from(sha256, "hex").toString("base64").replaceAll("+", "-").replaceAll("/", "_");
    return {
      name: id,
      bucket: this.#options.stream.bucket,
      nuid: id,
      size,
      chunks,
      digest: `SHA-256=${digest}`,
      mtime: new Date().toISOString(),
      options: { max_chunk_size: CHUNK_BYTES },
      metadata: { [INDEX]: index.toString() },
    };
  }

  async #publish(connection: ServerConnection, subject: string, data: Uint8Array | string): Promise<number> {
    const answer = await connection.nc.request(subject, data, { timeout: ACK_TIMEOUT_MS }).catch((error: unknown) => {
      throw unreachable(error);
    });
    const { error, seq } = answer.json<{ readonly error?: ApiErrorBody; readonly seq?: number }>();
    if (seq !== undefined && error === undefined) return seq;
    const failure = new JetStreamApiFailure(error ?? { code: 0 });
    if (kindOf(failure.body) !== "full" && failure.body.err_code !== ERR_CODE.streamNotFound)
      throw unreachable(failure);
    // The artifacts' own limit. All other limits are nats-server's.
    if (/maximum bytes/i.test(failure.message)) throw storageFull({ cause: failure });
    throw await noServerSpace(connection, this.#options.stream.maxBytes, failure);
  }

  #chunkSubject(id: string): string {
    return `$O.${this.#options.stream.bucket}.C.${checkId(id)}`;
  }

  #metaSubject(id: string): string {
    const name = Buffer.from(checkId(id)).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
    return `$O.${this.#options.stream.bucket}.M.${name}`;
  }
}
