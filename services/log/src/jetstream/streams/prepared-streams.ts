import { FleetError, type StreamName } from "@fleetlog/domain";
import type { Buckets } from "../../buckets.ts";
import { StreamMissing } from "../../errors.ts";
import type { StreamState } from "../../log.ts";
import type { StreamDeclaration } from "../../streams.ts";
import { untilFound } from "../connection/attempt.ts";
import { RETRY_FOR_MS, type ServerConnection } from "../connection/server-connection.ts";
import { type HandOver, handOversOf } from "./hand-over.ts";
import { NoLeader } from "./stream-info.ts";
import { ensureStream, streamState } from "./streams.ts";
import { DamagedStore, type OnMissing } from "./verify.ts";

const READY_RETRY_FOR_MS = 30_000;
const PAUSE_MS = 1_000;
/** Milliseconds between searches for an optional stream that no gateway has made yet. */
const MISSING_PAUSE_MS = 10_000;

/** What appends to the streams: it must not append while they are not ready. */
export interface StreamAppender {
  noteState(stream: StreamName, state: StreamState): void;
  /** The streams can't be reached or trusted. */
  disconnected(): void;
  /** The streams are ready again. */
  reconnected(): void;
}

export interface PreparedStreamsOptions {
  readonly streams: readonly StreamDeclaration[];
  readonly appender: StreamAppender;
  /** Whether this process makes and changes streams, and changes their leaders. */
  readonly updatesStreams: boolean;
  /** How often each stream's newest entry is read back, in milliseconds. Streams that delete entries are left out. */
  readonly verifyMs: number;
  readonly onMissing: OnMissing;
  /** For what gateways share about damaged copies. Undefined: nothing is shared. */
  readonly buckets: Buckets | undefined;
}

/** Configures the streams as declared, again after each reconnection, and verifies periodically that they can be trusted. */
export class PreparedStreams {
  readonly #connection: ServerConnection;
  readonly #options: PreparedStreamsOptions;
  /** For the streams that keep all their entries. */
  readonly #handOvers: ReadonlyMap<StreamName, HandOver>;
  readonly #verifying: NodeJS.Timeout;
  /** The newest search for each optional stream. A reconnection starts a new search, and the earlier one ends. */
  readonly #searches = new Map<StreamName, object>();
  #problem: string | undefined;
  #preparing = false;
  #closed = false;

  constructor(connection: ServerConnection, options: PreparedStreamsOptions) {
    const { streams, appender, updatesStreams: mayHandOver, verifyMs, onMissing, buckets } = options;
    this.#connection = connection;
    this.#options = options;
    this.#handOvers = handOversOf(connection, streams, { onMissing, mayHandOver, buckets });
    this.#verifying = setInterval(() => void this.#verifyAgain(), verifyMs).unref();
    connection.onChange((up) => {
      if (!up) appender.disconnected();
      else void this.#prepareAgain();
    });
  }

  /** Why the streams are not ready, in sentences for the operator. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** @throws FleetError `log-unavailable` if a stream can't be configured as declared */
  async prepare(retryForMs: number): Promise<void> {
    const { streams } = this.#options;
    await this.#connection.askCapabilities(retryForMs);
    for (const declared of streams) if (declared.optional !== true) await this.#prepareStream(declared, retryForMs);
    for (const declared of streams) if (declared.optional === true) void this.#prepareOptional(declared, retryForMs);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#verifying);
  }

  #prepareStream(declared: StreamDeclaration, retryForMs: number): Promise<void> {
    const { appender, updatesStreams } = this.#options;
    return untilFound(this.#connection, declared.name, retryForMs, async () => {
      await ensureStream(this.#connection, declared, retryForMs, updatesStreams);
      await this.#handOvers.get(declared.name)?.verify(retryForMs);
      appender.noteState(declared.name, await streamState(this.#connection, declared.name, retryForMs));
    });
  }

  /**
   * Processes start without waiting for an optional stream, which a gateway may make later, for example a gateway of
   * the next release.
   */
  async #prepareOptional(declared: StreamDeclaration, retryForMs: number): Promise<void> {
    const { name } = declared;
    const search = {};
    this.#searches.set(name, search);
    const isOver = () => !this.#connection.up || this.#closed || this.#searches.get(name) !== search;
    for (let isFirst = true; !isOver(); isFirst = false) {
      try {
        return await this.#prepareStream(declared, isFirst ? retryForMs : RETRY_FOR_MS);
      } catch (error) {
        if (isOver()) return;
        if (isFirst)
          this.#connection.logger.warn(
            { err: error, stream: name },
            "a stream is not ready; its events are not stored",
          );
        // Searched again only if the stream is missing. Then other errors do not end the search, because the election of
        // the new stream's leader causes errors too.
        if (isFirst && !(error instanceof StreamMissing)) return;
      }
      await new Promise((resolve) => setTimeout(resolve, MISSING_PAUSE_MS).unref());
    }
  }

  /** JetStream may still recover its store, so appends continue only when the streams answer. */
  async #prepareAgain(): Promise<void> {
    if (this.#preparing) return;
    this.#preparing = true;
    await this.#prepareUntilReady();
    this.#preparing = false;
  }

  async #prepareUntilReady(): Promise<void> {
    while (this.#connection.up && !this.#closed) {
      try {
        await this.prepare(READY_RETRY_FOR_MS);
        this.#problem = undefined;
        if (this.#connection.up) this.#options.appender.reconnected();
        return;
      } catch (error) {
        if (error instanceof FleetError) this.#problem = sentences(error);
        this.#connection.logger.error({ err: error }, "the log's streams are not ready; trying again");
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  /** Verifies the streams periodically, because a damaged store acknowledges events that can't be read. */
  async #verifyAgain(): Promise<void> {
    if (!this.#connection.up || this.#preparing || this.#closed) return;
    try {
      for (const handOver of this.#handOvers.values()) await handOver.verify();
      this.#problem = undefined;
    } catch (error) {
      if (error instanceof NoLeader) this.#problem = sentences(error);
      // The connection handles a lost connection, so only a damaged store is handled here.
      if (!(error instanceof DamagedStore) || !this.#connection.up || this.#closed) return;
      this.#problem = sentences(error);
      this.#connection.logger.error({ err: error }, "the log can't be trusted; nothing is acknowledged");
      this.#options.appender.disconnected();
      await this.#prepareAgain();
    }
  }
}

function sentences({ message, advice }: FleetError): string {
  return advice === undefined ? message : `${message}. ${advice}`;
}
