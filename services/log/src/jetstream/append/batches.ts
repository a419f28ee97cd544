import type { AppendWindow } from "../../flow/admission.ts";
import type { Queue } from "../../flow/queue.ts";
import { steadyTime } from "../../steady-time.ts";
import { type ApiErrorBody, ERR_CODE } from "../connection/api-error.ts";
import type { Ack } from "./ack.ts";
import { BATCH_BYTES, Bisection, batchText, SMALLEST_BATCH, takeBatch } from "./batch.ts";
import { markSent, type PendingAppend } from "./pending.ts";
import type { PipelineHost } from "./pipeline-host.ts";
import type { ReplyTokens } from "./reply-tokens.ts";

/** A stream's server may be replaced by a newer one without a reconnection of this process. */
const NO_BATCHES_MS = 60_000;

interface SentBatch {
  readonly appends: readonly PendingAppend[];
  readonly sentAt: number;
  /** The reply tokens of its first and its last message. */
  readonly tokens: readonly number[];
}

/**
 * - `stored`: the appends have consecutive sequences; the last one has `lastSeq`.
 * - `duplicate`: none of these appends is stored by this batch, because one of its events is in the log already.
 * - `refused`: none of these appends is stored; the next ones are sent singly.
 * - `not-atomic`: the stream is on a server without batches (before 2.12), which stores the events one by one, each with an
 *   answer. So the log has to be searched for the events that are stored. The batch stays in flight.
 */
export type BatchAnswer =
  | { readonly outcome: "stored"; readonly appends: readonly PendingAppend[]; readonly lastSeq: number }
  | { readonly outcome: "duplicate"; readonly appends: readonly PendingAppend[] }
  | { readonly outcome: "refused"; readonly appends: readonly PendingAppend[]; readonly error: ApiErrorBody }
  | { readonly outcome: "not-atomic" };

/** The atomic batches of a stream. One is in flight at a time. */
export class Batches {
  readonly #host: Pick<PipelineHost, "batches" | "inbox" | "nextBatchId" | "write">;
  readonly #tokens: ReplyTokens;
  readonly #bisection = new Bisection();
  #sent: SentBatch | undefined;
  /** Milliseconds since 1970 until which the stream gets no batches, although this process's server has them. */
  #noneUntil = 0;

  constructor(host: Pick<PipelineHost, "batches" | "inbox" | "nextBatchId" | "write">, tokens: ReplyTokens) {
    this.#host = host;
    this.#tokens = tokens;
  }

  get inFlight(): SentBatch | undefined {
    return this.#sent;
  }

  get allowed(): boolean {
    return this.#host.batches && steadyTime() >= this.#noneUntil;
  }

  /** Whether so many appends wait that they become a batch. */
  isDue(queue: Queue<PendingAppend>): boolean {
    return this.#bisection.alone === 0 && queue.length >= SMALLEST_BATCH;
  }

  /**
   * @param lastSeq the stream's last known sequence
   * @returns whether a batch was sent: not if the queue's first appends are no batch
   */
  send(queue: Queue<PendingAppend>, window: Required<AppendWindow>, lastSeq: number): boolean {
    const appends = takeBatch(queue, {
      events: Math.min(this.#bisection.limit, window.events),
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
    this.#host.write(Buffer.from(batchText(appends, this.#host.nextBatchId(), inbox + first, inbox + commit)));
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
    if ("error" in ack) return this.#refused(appends, ack.error);
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

  /** After a reconnection, another server may have batches. */
  reconnected(): void {
    this.#noneUntil = 0;
  }

  #refused(appends: readonly PendingAppend[], error: ApiErrorBody): BatchAnswer {
    const unsettled = appends.filter(({ settled }) => !settled);
    if (error.err_code === ERR_CODE.batchContainsDuplicate) {
      this.#bisection.duplicateIn(unsettled.length);
      return { outcome: "duplicate", appends: unsettled };
    }
    this.#bisection.refused(unsettled.length);
    if (error.err_code === ERR_CODE.atomicPublishDisabled) this.#noneUntil = Number.POSITIVE_INFINITY;
    return { outcome: "refused", appends: unsettled, error };
  }
}
