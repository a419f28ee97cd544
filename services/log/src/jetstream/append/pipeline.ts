import type { StreamName } from "@fleetlog/domain";
import { logFull, payloadTooLarge, timedOut, wrongLastSequence } from "../../errors.ts";
import type { AdmissionControl } from "../../flow/admission.ts";
import type { Appended, StreamState } from "../../log.ts";
import { steadyTime } from "../../steady-time.ts";
import type { StreamDeclaration } from "../../streams.ts";
import { type ApiErrorBody, kindOf } from "../connection/api-error.ts";
import type { Ack } from "./ack.ts";
import type { BatchAnswer } from "./batches.ts";
import { fateOf } from "./fate.ts";
import { Outcomes } from "./outcomes.ts";
import type { PendingAppend } from "./pending.ts";
import type { PipelineHost, PipelineTiming } from "./pipeline-host.ts";
import { RecentIds } from "./recent-ids.ts";
import { RetryPause } from "./retry-pause.ts";
import { Sender } from "./sender.ts";
import { type Problem, StreamProblem } from "./stream-problem.ts";
import { Waiting } from "./waiting.ts";

/**
 * - `sending`: sends within the window.
 * - `draining`: an append failed; sends nothing, and waits for the outcome of the appends in flight.
 * - `paused`: waits before a retry.
 * - `resuming`: searches the log for appends that were stored after all.
 * - `probing`: has sent a single append, to find out whether the stream accepts it.
 */
type Phase = "sending" | "draining" | "paused" | "resuming" | "probing";

/**
 * Pipelined appends of one stream, with go-back-N retransmission: failed appends are sent again in order, under the
 * same ids.
 */
export class AppendPipeline {
  readonly stream: StreamName;
  readonly #host: PipelineHost;
  readonly #admission: AdmissionControl;
  readonly #timing: PipelineTiming;
  readonly #waiting = new Waiting();
  readonly #sender: Sender;
  readonly #recent = new RecentIds();
  readonly #outcomes: Outcomes;
  readonly #retryPause: RetryPause;
  #phase: Phase = "sending";
  readonly #problem: StreamProblem;
  #rejectedBytes = 0;
  #scheduled = false;
  #closed = false;

  constructor(
    { name, replicas }: Pick<StreamDeclaration, "name" | "replicas">,
    host: PipelineHost,
    admission: AdmissionControl,
    timing: PipelineTiming,
  ) {
    this.stream = name;
    this.#host = host;
    this.#sender = new Sender(host, replicas, () => host.nextToken(this));
    this.#problem = new StreamProblem(name, host.logger);
    this.#admission = admission;
    this.#timing = timing;
    this.#outcomes = new Outcomes(admission, host);
    this.#retryPause = new RetryPause(timing, () => void this.#resume());
  }

  get problem(): Problem {
    return this.#problem.now;
  }

  get idle(): boolean {
    return this.#admission.events === 0;
  }

  /** Notes the stream's state on the server. Other processes may have made the stream with other settings. */
  noteState(state: Pick<StreamState, "lastSeq" | "replicas">): void {
    this.#sender.noteState(state);
  }

  push(append: PendingAppend): void {
    const seq = this.#host.batches && !append.newId ? this.#recent.seqOf(append.id) : undefined;
    // The receiver is never called during the call that appends.
    if (append.failFast && this.#problem.now === "full")
      queueMicrotask(() => this.#outcomes.refused(append, logFull()));
    else if (seq !== undefined) queueMicrotask(() => this.#outcomes.stored(append, { seq, duplicate: true }));
    else this.#enqueue(append);
  }

  #enqueue(append: PendingAppend): void {
    this.#waiting.queue.push(append);
    if (this.#phase === "sending" || this.#phase === "probing") this.#schedule();
  }

  timeOut(append: PendingAppend): void {
    if (append.settled) return;
    this.#outcomes.refused(append, timedOut(append.attempts > 0));
    this.#waiting.remove(append);
  }

  disconnected(): void {
    this.#requeueInFlight();
    // After a reconnection, another log may answer, which lacks these events.
    this.#recent.clear();
    this.#pause(undefined);
  }

  reconnected(): void {
    this.#sender.reconnected();
    if (this.#phase !== "paused") return;
    this.#retryPause.reset();
    void this.#resume();
  }

  acknowledged(token: number, ack: Ack): void {
    const answer = this.#sender.batchAnswered(token, ack);
    if (answer !== undefined) {
      this.#batchAnswered(answer);
      return;
    }
    const append = this.#sender.singleAnswered(token, ack);
    if (append === undefined) return;
    if ("error" in ack) this.#failed(append, ack.error);
    else this.#succeeded(append, ack);
    this.#goOn();
  }

  tick(now: number): void {
    const { oldestSentAt } = this.#sender;
    if (oldestSentAt === undefined || now - oldestSentAt < this.#timing.ackTimeoutMs) return;
    this.#requeueInFlight();
    this.#pause("away");
  }

  rejectAll(error: Error): void {
    this.#closed = true;
    this.#retryPause.stop();
    this.#requeueInFlight();
    for (const append of this.#waiting.takeAll()) this.#outcomes.refused(append, error);
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
    const { queue } = this.#waiting;
    if (this.#phase === "sending") this.#sender.send(queue, this.#admission.window);
    else if (this.#phase === "probing") this.#sender.sendOne(queue);
  }

  #batchAnswered(answer: BatchAnswer): void {
    switch (answer.outcome) {
      case "stored":
        this.#send();
        // The next batch is written first, so that the server works on it while this process reports the stored one.
        queueMicrotask(() => this.#batchStored(answer.appends, answer.lastSeq));
        return;
      case "refused":
        this.#problem.batchRefused(answer.appends.length, answer.error);
        break;
      case "not-atomic":
        this.#problem.batchNotAtomic();
        this.#requeueInFlight();
        this.#pause(undefined);
        return;
    }
    this.#waiting.queue.putBack(answer.appends);
    this.#goOn();
  }

  #batchStored(appends: readonly PendingAppend[], lastSeq: number): void {
    let seq = lastSeq - appends.length;
    for (const append of appends) this.#succeeded(append, { seq: ++seq, duplicate: false });
    this.#goOn();
  }

  #goOn(): void {
    if (this.#phase === "draining") this.#pauseWhenDrained();
    else if (this.#waiting.queue.length > 0) this.#schedule();
  }

  #succeeded(append: PendingAppend, appended: Appended): void {
    if (this.#host.batches && !append.newId) this.#recent.add(append.id, appended.seq);
    this.#outcomes.stored(append, appended);
    this.#markHealthy();
  }

  #failed(append: PendingAppend, error: ApiErrorBody): void {
    const kind = kindOf(error);
    if (kind === "too-large") {
      this.#outcomes.refused(append, payloadTooLarge(append.bytes));
      this.#markHealthy();
    } else if (kind === "conflict") {
      void this.#rejectUnlessStored(append, wrongLastSequence(append.subject, append.expectedLastSeq));
      this.#markHealthy();
    } else {
      if (kind === "full") this.#rejectedBytes = append.bytes;
      this.#waiting.retryLater([append]);
      this.#phase = "draining";
      this.#setProblem(kind === "full" ? "full" : "away", error);
      if (kind === "full") this.#rejectFailFast(append);
    }
  }

  /**
   * Rejects a refused append, and fail-fast appends that were never sent. Others wait for an answer of their own,
   * because they may be stored.
   */
  #rejectFailFast(refused: PendingAppend): void {
    for (const append of this.#waiting.takeFailFast((one) => one === refused || one.attempts === 0)) {
      // An earlier attempt may have been stored.
      if (append.attempts > 1) void this.#rejectUnlessStored(append, logFull());
      else this.#outcomes.refused(append, logFull());
    }
  }

  #markHealthy(): void {
    if (this.#phase === "probing") this.#phase = "sending";
    if (this.#phase !== "sending") return;
    this.#retryPause.reset();
    this.#setProblem(undefined);
  }

  async #rejectUnlessStored(append: PendingAppend, error: Error): Promise<void> {
    const fate = await fateOf(append, this.#host);
    if (typeof fate === "number") return this.#outcomes.stored(append, { seq: fate, duplicate: true });
    if (fate === "refused") return this.#outcomes.refused(append, error);
    if (this.#closed || (append.failFast && this.#problem.now === "full"))
      return this.#outcomes.refused(append, timedOut(true));
    this.#waiting.retryLater([append]);
    if (this.#phase === "paused" || this.#phase === "resuming") return;
    this.#phase = "draining";
    this.#pauseWhenDrained();
  }

  #pauseWhenDrained(): void {
    if (this.#phase !== "draining" || this.#sender.oldestSentAt !== undefined) return;
    this.#pause(this.#problem.now);
  }

  #requeueInFlight(): void {
    this.#waiting.retryLater(this.#sender.takeAll());
  }

  #pause(problem: Problem): void {
    this.#phase = "paused";
    this.#setProblem(problem);
    this.#retryPause.start(problem);
  }

  async #resume(): Promise<void> {
    this.#retryPause.stop();
    if (this.#closed || !this.#host.up || this.#phase !== "paused") return;
    this.#phase = "resuming";
    const uncertain = this.#waiting.uncertain(steadyTime() - this.#timing.trustDuplicatesMs);
    if (uncertain.length > 0 && !(await this.#resolveStored(uncertain))) return;
    this.#waiting.queueRetries();
    const isIdle = this.#waiting.queue.length === 0;
    if (isIdle && this.#problem.now !== undefined && !(await this.#hasRecovered())) return;
    this.#phase = "probing";
    this.#send();
  }

  /** Asks the stream whether it has space. Called when no append waits, which would find this out. */
  async #hasRecovered(): Promise<boolean> {
    const hasSpace = await this.#host.hasSpace(this.stream, this.#rejectedBytes).catch(() => undefined);
    if (this.#phase !== "resuming" || this.#closed) return false;
    if (this.#waiting.queue.length > 0) return true;
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
    this.#waiting.keepRetries((append) => {
      const seq = stored.get(append.id);
      if (seq !== undefined) this.#outcomes.stored(append, { seq, duplicate: true });
      return seq === undefined;
    });
    return true;
  }

  #setProblem(problem: Problem, error?: ApiErrorBody): void {
    if (problem === undefined && this.#problem.now === undefined) return;
    // A lost connection clears the problem too, but proves nothing about the stream.
    const isProven = this.#phase !== "paused";
    if (this.#problem.set(problem, isProven, this.#admission.events, error)) this.#host.updateStatus();
  }
}
