import {
  AccessDeniedError,
  BACKWARDS,
  END,
  InvalidArgumentError,
  jsonEvent,
  KurrentDBClient,
  MaxAppendSizeExceededError,
  NO_STREAM,
  StreamDeletedError,
  StreamNotFoundError,
  StreamTombstonedError,
  WrongExpectedVersionError,
} from "@kurrent/kurrentdb-client";

export interface NewEvent {
  /** A UUID. */
  readonly id: string;
  readonly type: string;
  readonly data: object;
  readonly metadata: object;
}

export interface LastEvent {
  readonly revision: bigint;
  readonly data: unknown;
  readonly metadata: unknown;
}

/**
 * The stream has another revision than expected: another writer was first, or an earlier append was stored although its
 * answer was lost.
 */
export class Overtaken extends Error {}

/** An error that a retry does not fix. The message is for the operator. */
export class MirrorError extends Error {}

/** The KurrentDB that the history is appended to. Errors other than `Overtaken` and `MirrorError` may be temporary. */
export class Target {
  readonly #client: KurrentDBClient;

  /** @throws MirrorError for a connection string that can't be read */
  constructor(connection: string) {
    try {
      this.#client = KurrentDBClient.connectionString(connection);
    } catch {
      // The client's own message contains the password.
      throw new MirrorError(
        "the connection string can't be read; write it like kurrentdb://user:password@host:2113?tlsCaFile=ca.pem, or ?tls=false without TLS",
      );
    }
  }

  /** The last event of a stream; undefined if there is none. */
  async last(stream: string): Promise<LastEvent | undefined> {
    try {
      const events = this.#client.readStream(stream, { direction: BACKWARDS, fromRevision: END, maxCount: 1 });
      for await (const { event } of events)
        if (event !== undefined) return { revision: event.revision, data: event.data, metadata: event.metadata };
      return undefined;
    } catch (error) {
      if (error instanceof StreamNotFoundError) return undefined;
      throw judged(error, stream);
    }
  }

  /**
   * Appends all events or none.
   * @param after the revision of the stream's last event; undefined if it has none
   * @returns the revision of the last of them
   */
  async append(stream: string, events: readonly NewEvent[], after: bigint | undefined): Promise<bigint> {
    try {
      const streamState = after ?? NO_STREAM;
      const result = await this.#client.appendToStream(stream, events.map(toKurrent), { streamState });
      return result.nextExpectedRevision;
    } catch (error) {
      throw judged(error, stream);
    }
  }

  /** Appends an event to a stream that keeps only its newest event. */
  async keepLast(stream: string, event: NewEvent, isFirst: boolean): Promise<void> {
    try {
      await this.#client.appendToStream(stream, toKurrent(event));
      if (isFirst) await this.#client.setStreamMetadata(stream, { maxCount: 1 });
    } catch (error) {
      throw judged(error, stream);
    }
  }

  async close(): Promise<void> {
    await this.#client.dispose();
  }
}

function toKurrent({ id, type, data, metadata }: NewEvent) {
  return jsonEvent({ id, type, data: data as Record<string, unknown>, metadata: metadata as Record<string, unknown> });
}

function judged(error: unknown, stream: string): unknown {
  if (error instanceof WrongExpectedVersionError) return new Overtaken(`${stream} has another revision`);
  if (error instanceof AccessDeniedError)
    return new MirrorError(`the user of --to may not read or append to ${stream}; name one that may do both`);
  if (error instanceof StreamDeletedError || error instanceof StreamTombstonedError)
    return new MirrorError(`the stream ${stream} was deleted for good in the target; give another --prefix`);
  if (error instanceof MaxAppendSizeExceededError)
    return new MirrorError(`the target does not take the events of ${stream}: ${error.message}`);
  if (error instanceof InvalidArgumentError) return new MirrorError(`the target refuses ${stream}: ${error.message}`);
  return error;
}
