import type { StreamName } from "@fleetlog/domain";
import { pauseAfter } from "@fleetlog/runtime";
import { logFull, payloadTooLarge, timedOut, wrongLastSequence } from "../errors.ts";
import type { AdmissionControl } from "../flow/admission.ts";
import { Queue } from "../flow/queue.ts";
import type { Appended, StreamState } from "../log.ts";
import type { StreamDeclaration } from "../streams.ts";
import type { Ack } from "./ack.ts";
import { type ApiErrorBody, ERR_CODE, kindOf } from "./api-error.ts";
import { BATCH_BYTES, Bisection, batchText, type SentBatch, SMALLEST_BATCH, takeBatch } from "./batch.ts";
import { type PendingAppend, publishText, reportRefused, reportStored } from "./pending.ts";
import type { PipelineHost, PipelineTiming } from "./pipeline-host.ts";
import { RecentIds } from "./recent-ids.ts";
import { ReplyTokens } from "./reply-tokens.ts";
import { type Problem, StreamProblem } from "./stream-problem.ts";

/**
 * - `sending`: sends within the window.
 * - `draining`: an append failed; sends nothing, and waits for the outcome of the appends in flight.
 * - `paused`: waits before a retry.
 * - `resuming`: searches the log for appends that were stored after all.
 * - `probing`: has sent a single append, to find out whether the stream accepts it.
 */
type Phase = "sending" | "draining" | "paused" | "resuming" | "probing";

const CHUNK = 64 * 1024;
/** A stream's server may be replaced by a newer one without a reconnection of this process. */
const NO_BATCHES_MS = 60_000;

/**
 * Pipelined appends of one stream, with go-back-N retransmission: failed appends are sent again in order, under the
 * same ids. With batches, appends that queue up during a batch become the next batch (group commit). While a batch is
 * in flight, no later append is sent, because it would overtake the batch if that is refused.
 */
export class AppendPipeline {
  readonly stream: StreamName;
  readonly #host: PipelineHost;
  readonly #admission: AdmissionControl;
  readonly #timing: PipelineTiming;
  readonly #queue = new Queue<PendingAppend>();
  /** The appends in flight by token, and so in the order of sending. */
  readonly #inFlight = new Map<number, PendingAppend>();
  #inFlightBytes = 0;
  readonly #tokens: ReplyTokens;
  #batch: SentBatch | undefined;
  #batchTokens: readonly number[] = [];
  readonly #bisection = new Bisection();
  /** Milliseconds since 1970 until which the stream gets no batches, although this process's server has them. */
  #noBatchesUntil = 0;
  readonly #recent = new RecentIds();
  #retries: PendingAppend[] = [];
  #phase: Phase = "sending";
  readonly #problem: StreamProblem;
  #failures = 0;
  #lastSeq = 0;
  #rejectedBytes = 0;
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    { name, replicas }: Pick<StreamDeclaration, "name" | "replicas">,
    host: PipelineHost,
    admission: AdmissionControl,
    timing: PipelineTiming,
  ) {
    this.stream = name;
    this.#tokens = new ReplyTokens(() => host.nextToken(this), replicas);
    this.#host = host;
    this.#problem = new StreamProblem(name, host.logger);
    this.#admission = admission;
    this.#timing = timing;
  }

  get problem(): Problem {
    return this.#problem.now;
  }

  get idle(): boolean {
    return this.#admission.events === 0;
  }

  /** The stream as it is on the server: other processes may have other settings. */
  noteState({ lastSeq, replicas }: Pick<StreamState, "lastSeq" | "replicas">): void {
    this.#noteLastSeq(lastSeq);
    if (replicas > 1) this.#tokens.replicated();
  }

  #noteLastSeq(seq: number): void {
    if (seq > this.#lastSeq) this.#lastSeq = seq;
  }

  push(append: PendingAppend): void {
    const seq = this.#host.batches ? this.#recent.seqOf(append.id) : undefined;
    // The receiver is never called during the call that appends.
    if (append.failFast && this.#problem.now === "full") queueMicrotask(() => this.#refuse(append, logFull()));
    else if (seq !== undefined) queueMicrotask(() => this.#resolve(append, { seq, duplicate: true }));
    else this.#enqueue(append);
  }

  #enqueue(append: PendingAppend): void {
    this.#queue.push(append);
    if (this.#phase === "sending" || this.#phase === "probing") this.#schedule();
  }

  timeOut(append: PendingAppend): void {
    if (append.settled) return;
    this.#refuse(append, timedOut(append.attempts > 0));
    this.#retries = this.#retries.filter((other) => other !== append);
    this.#queue.putBack(this.#queue.drain().filter((other) => other !== append));
  }

  disconnected(): void {
    this.#requeueInFlight();
    // After a reconnection the log may lack these events.
    this.#recent.clear();
    this.#pause(undefined);
  }

  reconnected(): void {
    this.#noBatchesUntil = 0;
    if (this.#phase !== "paused") return;
    this.#failures = 0;
    void this.#resume();
  }

  acknowledged(token: number, ack: Ack): void {
    if (this.#batch !== undefined && this.#batchTokens.includes(token)) {
      this.#batchAnswered(this.#batch, ack);
      return;
    }
    const append = this.#inFlight.get(token);
    if (append === undefined) return;
    this.#inFlight.delete(token);
    this.#inFlightBytes -= append.bytes;
    if ("error" in ack) this.#failed(append, ack.error);
    else {
      this.#tokens.stored(token);
      this.#succeeded(append, ack);
    }
    this.#goOn();
  }

  tick(now: number): void {
    const oldest = this.#batch ?? this.#inFlight.values().next().value;
    if (oldest === undefined || now - oldest.sentAt < this.#timing.ackTimeoutMs) return;
    this.#requeueInFlight();
    this.#pause("away");
  }

  rejectAll(error: Error): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#requeueInFlight();
    for (const append of [...this.#retries.splice(0), ...this.#queue.drain()]) this.#refuse(append, error);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // All appends of this turn are sent with one write.
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    if (this.#closed || !this.#host.up) return;
    if (this.#phase !== "sending" && this.#phase !== "probing") return;
    if (this.#batch !== undefined) return;
    const { inbox } = this.#host;
    let { events, bytes } = this.#phase === "probing" ? { events: 1, bytes: 1 } : this.#admission.window;
    if (this.#phase === "sending" && this.#host.batches && Date.now() >= this.#noBatchesUntil) {
      if (this.#bisection.alone === 0 && this.#queue.length >= SMALLEST_BATCH) {
        if (this.#inFlight.size > 0 || this.#sendBatch()) return;
      }
      events = Math.min(events, SMALLEST_BATCH);
    }
    const now = Date.now();
    let text = "";
    while (this.#inFlight.size < events && this.#inFlightBytes < bytes) {
      const append = this.#queue.shift();
      if (append === undefined) break;
      this.#bisection.sentAlone();
      this.#markSent(append, now);
      const token = this.#tokens.take();
      this.#inFlight.set(token, append);
      this.#inFlightBytes += append.bytes;
      text += publishText(append, inbox + token);
      if (text.length < CHUNK) continue;
      this.#host.write(Buffer.from(text));
      text = "";
    }
    if (text !== "") this.#host.write(Buffer.from(text));
  }

  #markSent(append: PendingAppend, now: number): void {
    append.attempts += 1;
    append.sentAt = now;
    if (append.firstSentAt > 0) return;
    append.firstSentAt = now;
    append.afterSeq = this.#lastSeq;
  }

  #sendBatch(): boolean {
    const { window } = this.#admission;
    const appends = takeBatch(this.#queue, {
      events: Math.min(this.#bisection.limit, window.events),
      bytes: Math.min(BATCH_BYTES, window.bytes),
    });
    if (appends === undefined) return false;
    const now = Date.now();
    let bytes = 0;
    for (const append of appends) {
      this.#markSent(append, now);
      append.inBatch = true;
      bytes += append.bytes;
    }
    this.#batch = { appends, sentAt: now };
    this.#inFlightBytes = bytes;
    const [first, commit] = [this.#tokens.takeOnce(), this.#tokens.takeOnce()];
    this.#batchTokens = [first, commit];
    const { inbox } = this.#host;
    this.#host.write(Buffer.from(batchText(appends, this.#host.nextBatchId(), inbox + first, inbox + commit)));
    return true;
  }

  #batchAnswered({ appends }: SentBatch, ack: Ack): void {
    if (!("error" in ack) && ack.count !== appends.length) {
      this.#batchNotAtomic();
      return;
    }
    this.#batch = undefined;
    this.#inFlightBytes = 0;
    for (const append of appends) append.inBatch = false;
    if ("error" in ack) {
      const unsettled = appends.filter(({ settled }) => !settled);
      this.#queue.putBack(unsettled);
      if (ack.error.err_code === ERR_CODE.batchContainsDuplicate) this.#bisection.duplicateIn(unsettled.length);
      else this.#batchRefused(unsettled.length, ack.error);
    } else {
      this.#bisection.stored(appends.length);
      this.#noteLastSeq(ack.seq);
      this.#send();
      // The next batch is written first, so that the server works on it while this process reports this one.
      queueMicrotask(() => this.#batchStored(appends, ack.seq));
      return;
    }
    this.#goOn();
  }

  /** @param lastSeq sequence of the last append; a batch is contiguous */
  #batchStored(appends: readonly PendingAppend[], lastSeq: number): void {
    let seq = lastSeq - appends.length;
    for (const append of appends) this.#succeeded(append, { seq: ++seq, duplicate: false });
    this.#goOn();
  }

  #goOn(): void {
    if (this.#phase === "draining") this.#pauseWhenDrained();
    else if (this.#queue.length > 0) this.#schedule();
  }

  /**
   * The stream is on a server without batches (before 2.12), which stores the events one by one, each with an answer.
   * So the log is searched for the events that are stored.
   */
  #batchNotAtomic(): void {
    this.#host.logger.warn(
      { stream: this.stream },
      "the stream is on an older nats-server than this process's; storing its events one by one",
    );
    this.#noBatchesUntil = Date.now() + NO_BATCHES_MS;
    this.#requeueInFlight();
    this.#pause(undefined);
  }

  #batchRefused(appends: number, error: ApiErrorBody): void {
    this.#bisection.refused(appends);
    if (error.err_code === ERR_CODE.atomicPublishDisabled) this.#noBatchesUntil = Number.POSITIVE_INFINITY;
    this.#problem.batchRefused(appends, error);
  }

  #succeeded(append: PendingAppend, appended: Appended): void {
    const { seq } = appended;
    this.#noteLastSeq(seq);
    if (this.#host.batches) this.#recent.add(append.id, seq);
    this.#resolve(append, appended);
    this.#markHealthy();
  }

  #failed(append: PendingAppend, error: ApiErrorBody): void {
    const kind = kindOf(error);
    if (kind === "too-large") {
      this.#refuse(append, payloadTooLarge(append.bytes));
      this.#markHealthy();
    } else if (kind === "conflict") {
      void this.#rejectUnlessStored(append, wrongLastSequence(append.subject, append.expectedLastSeq));
      this.#markHealthy();
    } else {
      if (kind === "full") this.#rejectedBytes = append.bytes;
      this.#retryLater(append);
      this.#phase = "draining";
      this.#setProblem(kind === "full" ? "full" : "away", error);
      if (kind === "full") this.#rejectFailFast();
    }
  }

  #retryLater(...appends: readonly PendingAppend[]): void {
    this.#retries.push(...appends.filter(({ settled }) => !settled));
  }

  #rejectFailFast(): void {
    const queued = this.#queue.drain();
    const rejected = [...this.#retries, ...queued].filter(({ failFast }) => failFast);
    this.#retries = this.#retries.filter(({ failFast }) => !failFast);
    this.#queue.putBack(queued.filter(({ failFast }) => !failFast));
    for (const append of rejected) {
      // An earlier attempt may have been stored.
      if (append.attempts > 1) void this.#rejectUnlessStored(append, logFull());
      else this.#refuse(append, logFull());
    }
  }

  #markHealthy(): void {
    if (this.#phase === "probing") this.#phase = "sending";
    if (this.#phase !== "sending") return;
    this.#failures = 0;
    this.#setProblem(undefined);
  }

  /** A cluster checks the expected sequence before the id: the conflict may be with the append's own first attempt. */
  async #rejectUnlessStored(append: PendingAppend, error: Error): Promise<void> {
    try {
      const seq = (await this.#host.findStored([append])).get(append.id);
      if (seq === undefined) this.#refuse(append, error);
      else this.#resolve(append, { seq, duplicate: true });
    } catch (searchError) {
      if (this.#closed) return this.#refuse(append, searchError as Error);
      this.#retryLater(append);
      if (this.#phase === "paused" || this.#phase === "resuming") return;
      this.#phase = "draining";
      this.#pauseWhenDrained();
    }
  }

  #pauseWhenDrained(): void {
    if (this.#phase !== "draining" || this.#inFlight.size > 0 || this.#batch !== undefined) return;
    this.#pause(this.#problem.now);
  }

  #requeueInFlight(): void {
    this.#retryLater(...(this.#batch?.appends ?? []), ...this.#inFlight.values());
    this.#batch = undefined;
    this.#bisection.reset();
    this.#inFlight.clear();
    this.#inFlightBytes = 0;
  }

  #pause(problem: Problem): void {
    this.#phase = "paused";
    this.#failures += 1;
    this.#setProblem(problem);
    const { pauseMs, fullPauseMs } = this.#timing;
    const [firstMs, longestMs] = problem === "full" ? [fullPauseMs, fullPauseMs] : pauseMs;
    clearTimeout(this.#timer);
    const pause = pauseAfter(this.#failures, { firstMs, longestMs, jitter: "half" });
    this.#timer = setTimeout(() => void this.#resume(), pause);
  }

  async #resume(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#closed || !this.#host.up || this.#phase !== "paused") return;
    this.#phase = "resuming";
    const oldest = Date.now() - this.#timing.trustDuplicatesMs;
    // The server refuses a batch with a duplicate, so appends of a batch are searched for at any age.
    const uncertain = this.#retries.filter(({ firstSentAt, inBatch }) => inBatch || firstSentAt < oldest);
    if (uncertain.length > 0 && !(await this.#resolveStored(uncertain))) return;
    this.#queue.putBack(this.#retries.splice(0).sort((a, b) => a.order - b.order));
    if (this.#queue.length === 0 && this.#problem.now !== undefined && !(await this.#hasRecovered())) return;
    this.#phase = "probing";
    this.#send();
  }

  /** Asks the stream whether it has space, because no waiting append can find that out. */
  async #hasRecovered(): Promise<boolean> {
    const hasSpace = await this.#host.hasSpace(this.stream, this.#rejectedBytes).catch(() => undefined);
    if (this.#phase !== "resuming" || this.#closed) return false;
    if (this.#queue.length > 0) return true;
    if (hasSpace === true) this.#setProblem(undefined);
    else this.#pause(hasSpace === undefined ? "away" : "full");
    return hasSpace === true;
  }

  async #resolveStored(uncertain: readonly PendingAppend[]): Promise<boolean> {
    let stored: ReadonlyMap<string, number>;
    try {
      stored = await this.#host.findStored(uncertain);
    } catch (error) {
      this.#host.logger.warn({ stream: this.stream, err: error }, "can't search the log for earlier attempts; waiting");
      if (this.#phase === "resuming") this.#pause("away");
      return false;
    }
    if (this.#phase !== "resuming" || this.#closed) return false;
    this.#retries = this.#retries.filter((append) => {
      const seq = stored.get(append.id);
      if (seq !== undefined) this.#resolve(append, { seq, duplicate: true });
      return seq === undefined;
    });
    return true;
  }

  #resolve(append: PendingAppend, appended: Appended): void {
    if (append.settled) return;
    append.settled = true;
    this.#admission.release(append.bytes);
    reportStored(append, appended);
    this.#host.released();
  }

  #refuse(append: PendingAppend, error: Error): void {
    if (append.settled) return;
    append.settled = true;
    this.#admission.release(append.bytes);
    reportRefused(append, error);
    this.#host.released();
  }

  #setProblem(problem: Problem, error?: ApiErrorBody): void {
    if (problem === undefined && this.#problem.now === undefined) return;
    // A lost connection clears the problem too, but proves nothing about the stream.
    const isProven = this.#phase !== "paused";
    if (this.#problem.set(problem, isProven, this.#admission.events, error)) this.#host.updateStatus();
  }
}
