import type { AppendWindow } from "../../flow/admission.ts";
import type { Queue } from "../../flow/queue.ts";
import { steadyTime } from "../../steady-time.ts";
import { type ApiErrorBody, ERR_CODE } from "../connection/api-error.ts";
import type { Ack } from "./ack.ts";
import {
  BATCH_BYTES,
  Bisection,
  batchBytes,
  DEFAULT_LIMIT,
  LARGEST_BATCH,
  SMALLEST_BATCH,
  takeBatch,
} from "./batch.ts";
import { markSent, type PendingAppend } from "./pending.ts";
import type { PipelineHost } from "./pipeline-host.ts";
import type { ReplyTokens } from "./reply-tokens.ts";

/** Pause before the next batch: a stream's server may be replaced by a newer one without a reconnection of this process. */
const NO_BATCHES_MS = 60_000;

interface SentBatch {
  readonly appends: readonly PendingAppend[];
  readonly sentAt: number;
  /** The reply tokens of its first and its last message. */
  readonly tokens: readonly number[];
}

/**
 * - `stored`: the appends have consecutive sequences; the last one has `lastSeq`.
 * - `smaller`: none of these appends is stored by this batch, because one of its events is in the log already, or because the
 *   server allows only smaller batches. They are sent again in smaller batches.
 * - `refused`: none of these appends is stored; the next ones are sent singly.
 * - `not-atomic`: the stream is on a server without batches (before 2.12), which stores the events one by one, each with an
 *   answer. So the log has to be searched for the events that are stored. The batch stays in flight.
 */
export type BatchAnswer =
  | { readonly outcome: "stored"; readonly appends: readonly PendingAppend[]; readonly lastSeq: number }
  | { readonly outcome: "smaller"; readonly appends: readonly PendingAppend[] }
  | { readonly outcome: "refused"; readonly appends: readonly PendingAppend[]; readonly error: ApiErrorBody }
  | { readonly outcome: "not-atomic" };

/** The atomic batches of a stream. One is in flight at a time. */
export class Batches {
  readonly #host: Pick<PipelineHost, "batches" | "inbox" | "nextBatchId" | "write">;
  readonly #tokens: ReplyTokens;
  readonly #bisection = new Bisection();
  /**
   * Whether the stream has replicas. Its leader puts a batch into one proposal, so batches keep to the default limit.
   */
  #replicated: boolean;
  /** Events of a batch that the server allows, as far as it is known. */
  #largest: number;
  #sent: SentBatch | undefined;
  /** Milliseconds since 1970 until which the stream gets no batches, although this process's server has them. */
  #noneUntil = 0;

  constructor(
    host: Pick<PipelineHost, "batches" | "inbox" | "nextBatchId" | "write">,
    replicas: number,
    tokens: ReplyTokens,
  ) {
    this.#host = host;
    this.#replicated = replicas > 1;
    this.#largest = this.#largestAtFirst;
    this.#tokens = tokens;
  }

  get #largestAtFirst(): number {
    return this.#replicated ? DEFAULT_LIMIT : LARGEST_BATCH;
  }

  get inFlight(): SentBatch | undefined {
    return this.#sent;
  }

  get allowed(): boolean {
    return this.#host.batches && steadyTime() >= this.#noneUntil;
  }

  /** Whether enough appends wait for a batch. */
  isDue(queue: Queue<PendingAppend>): boolean {
    return this.#bisection.alone === 0 && queue.length >= SMALLEST_BATCH;
  }

  /**
   * @param lastSeq the stream's last known sequence
   * @returns whether a batch was sent; false if the queue does not begin with enough appends for one
   */
  send(queue: Queue<PendingAppend>, window: Required<AppendWindow>, lastSeq: number): boolean {
    const appends = takeBatch(queue, {
      events: Math.min(this.#bisection.limit, this.#largest, window.events),
      bytes: Math.min(BATCH_BYTES, window.bytes),
    });
    if (appends === undefined) return false;
    const sentAt = steadyTime();
    for (const append of appends) {
      markSent(append, sentAt, lastSeq);
      append.inBatch = true;
    }
    const [first, commit] = [this.#tokens.takeOnce(), this.#tokens.takeOnce()];
    this.#sent = { appends, sentAt, tokens: [first, commit] };
    const { inbox } = this.#host;
    this.#host.write(batchBytes(appends, this.#host.nextBatchId(), inbox + first, inbox + commit));
    return true;
  }

  sentAlone(appends: number): void {
    this.#bisection.sentAlone(appends);
  }

  /** The outcome of the batch in flight; undefined if the token is not of this batch. */
  answered(token: number, ack: Ack): BatchAnswer | undefined {
    if (this.#sent?.tokens.includes(token) !== true) return undefined;
    const { appends } = this.#sent;
    if (!("error" in ack) && ack.count !== appends.length) {
      this.#noneUntil = steadyTime() + NO_BATCHES_MS;
      return { outcome: "not-atomic" };
    }
    this.#sent = undefined;
    for (const append of appends) append.inBatch = false;
    if ("error" in ack) {
      // None is stored by this attempt.
      for (const append of appends) append.attempts -= 1;
      return this.#refused(appends, ack.error);
    }
    this.#bisection.stored(appends.length);
    return { outcome: "stored", appends, lastSeq: ack.seq };
  }

  /** Takes the appends of the batch in flight: its answer no longer counts. */
  takeAll(): readonly PendingAppend[] {
    const appends = this.#sent?.appends ?? [];
    this.#sent = undefined;
    this.#bisection.reset();
    return appends;
  }

  /** Call after a reconnection, because the server may be another one, which has batches. */
  reconnected(): void {
    this.#noneUntil = 0;
    this.#largest = this.#largestAtFirst;
  }

  /** Call if the stream has replicas, whatever this process's settings say. */
  replicated(): void {
    this.#replicated = true;
    this.#largest = Math.min(this.#largest, DEFAULT_LIMIT);
  }

  #refused(appends: readonly PendingAppend[], error: ApiErrorBody): BatchAnswer {
    const unsettled = appends.filter(({ settled }) => !settled);
    if (error.err_code === ERR_CODE.batchContainsDuplicate) {
      this.#bisection.duplicateIn(unsettled.length);
      return { outcome: "smaller", appends: unsettled };
    }
    if (error.err_code === ERR_CODE.batchTooLarge && appends.length >= 2 * SMALLEST_BATCH) {
      this.#largest = Math.min(DEFAULT_LIMIT, Math.floor(appends.length / 2));
      return { outcome: "smaller", appends: unsettled };
    }
    this.#bisection.refused(unsettled.length);
    if (error.err_code === ERR_CODE.atomicPublishDisabled) this.#noneUntil = Number.POSITIVE_INFINITY;
    return { outcome: "refused", appends: unsettled, error };
  }
}
