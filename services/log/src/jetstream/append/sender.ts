import type { AppendWindow } from "../../flow/admission.ts";
import type { Queue } from "../../flow/queue.ts";
import type { StreamState } from "../../log.ts";
import type { Ack } from "./ack.ts";
import { SMALLEST_BATCH } from "./batch.ts";
import { type BatchAnswer, Batches } from "./batches.ts";
import type { PendingAppend } from "./pending.ts";
import type { PipelineHost } from "./pipeline-host.ts";
import { ReplyTokens } from "./reply-tokens.ts";
import { Singles } from "./singles.ts";

/**
 * Sends the appends of a stream, singly or in batches, and says which of them an answer is about. With batches, appends that
 * queue up during a batch become the next batch (group commit). While a batch is in flight, no later append is sent,
 * because it would overtake the batch if that is refused.
 */
export class Sender {
  readonly #tokens: ReplyTokens;
  readonly #singles: Singles;
  readonly #batches: Batches;
  /** The stream's last known sequence. */
  #lastSeq = 0;

  /** @param nextToken a token that was never used */
  constructor(
    host: Pick<PipelineHost, "batches" | "inbox" | "nextBatchId" | "write">,
    replicas: number,
    nextToken: () => number,
  ) {
    this.#tokens = new ReplyTokens(nextToken, replicas);
    this.#singles = new Singles(host, this.#tokens);
    this.#batches = new Batches(host, replicas, this.#tokens);
  }

  /** When the oldest append in flight was sent, in milliseconds since 1970; undefined if none is in flight. */
  get oldestSentAt(): number | undefined {
    return (this.#batches.inFlight ?? this.#singles.oldest)?.sentAt;
  }

  /** Notes the stream's state on the server. It may have replicas, whatever this process's settings say. */
  noteState({ lastSeq, replicas }: Pick<StreamState, "lastSeq" | "replicas">): void {
    this.#noteLastSeq(lastSeq);
    if (replicas === 1) return;
    this.#tokens.replicated();
    this.#batches.replicated();
  }

  /** Call after a reconnection, because the server may be another one, which has batches. */
  reconnected(): void {
    this.#batches.reconnected();
  }

  /** Sends appends of the queue within the window. */
  send(queue: Queue<PendingAppend>, window: Required<AppendWindow>): void {
    if (this.#batches.inFlight !== undefined) return;
    if (!this.#batches.allowed) {
      this.#sendSingly(queue, window);
      return;
    }
    const isDue = this.#batches.isDue(queue);
    // No batch is sent while single appends are in flight: the appends that would become the batch wait.
    if (isDue && (this.#singles.size > 0 || this.#batches.send(queue, window, this.#lastSeq))) return;
    this.#sendSingly(queue, { ...window, events: Math.min(window.events, SMALLEST_BATCH) });
  }

  /** Sends one append, if none is in flight. */
  sendOne(queue: Queue<PendingAppend>): void {
    if (this.#batches.inFlight === undefined) this.#sendSingly(queue, { events: 1, bytes: 1 });
  }

  /** The outcome of the batch in flight; undefined if the token is not of this batch. */
  batchAnswered(token: number, ack: Ack): BatchAnswer | undefined {
    const answer = this.#batches.answered(token, ack);
    if (answer?.outcome === "stored") this.#noteLastSeq(answer.lastSeq);
    return answer;
  }

  /** Takes the single append that the token answers; undefined if none waits for it. */
  singleAnswered(token: number, ack: Ack): PendingAppend | undefined {
    const append = this.#singles.answered(token);
    if (append === undefined || "error" in ack) return append;
    this.#tokens.stored(token);
    this.#noteLastSeq(ack.seq);
    return append;
  }

  /** Takes all appends in flight: their answers no longer count. */
  takeAll(): readonly PendingAppend[] {
    return [...this.#batches.takeAll(), ...this.#singles.takeAll()];
  }

  #sendSingly(queue: Queue<PendingAppend>, window: Required<AppendWindow>): void {
    this.#batches.sentAlone(this.#singles.send(queue, window, this.#lastSeq));
  }

  #noteLastSeq(seq: number): void {
    if (seq > this.#lastSeq) this.#lastSeq = seq;
  }
}
