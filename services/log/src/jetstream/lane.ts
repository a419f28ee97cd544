import type { StreamName } from "@fleetlog/domain";
import { Queue } from "../flow/queue.ts";
import type { Gate } from "../flow/window.ts";
import type { Logger } from "../logger.ts";
import { full, movedOn, outOfPatience, tooLarge } from "../refusals.ts";
import type { Ack } from "./ack.ts";
import { type ApiErrorBody, kindOf } from "./api-error.ts";
import { type PendingAppend, publishText } from "./pending.ts";

/** What a lane needs of the world. */
export interface LaneHost {
  readonly logger: Logger;
  /** Whether anything can be sent now. */
  readonly up: boolean;
  /** The reply subject of the next publish is this with a number behind it. */
  readonly inbox: string;
  nextToken(lane: Lane): number;
  write(bytes: Uint8Array): void;
  /** Looks in the log for appends that were sent before: the sequences of those that it has, by id. */
  findStored(appends: readonly PendingAppend[]): Promise<ReadonlyMap<string, number>>;
  /** Whether the stream answers and has room for an event of so many bytes. @throws when it is not reached */
  takes(stream: StreamName, bytes: number): Promise<boolean>;
  /** The lane's trouble or its load has changed. */
  changed(): void;
}

export interface LaneTiming {
  /** No acknowledgement after so long: it is sent again. */
  readonly ackTimeoutMs: number;
  /** First and longest pause before a new attempt. */
  readonly pauseMs: readonly [first: number, longest: number];
  /** Pause while the stream is full. */
  readonly fullPauseMs: number;
  /** Older first attempts are looked for in the log before they are sent again: the server may have forgotten their ids. */
  readonly trustDuplicatesMs: number;
}

/**
 * flowing: sends within the window. failing: something was not stored, nothing more is sent, what is in flight comes
 * in. paused: waits before the next attempt. resuming: looks for what an earlier attempt has stored. probing: one append
 * is out to see whether the stream takes it.
 */
type Phase = "flowing" | "failing" | "paused" | "resuming" | "probing";

export type Trouble = "away" | "full" | undefined;

const CHUNK = 64 * 1024;
const SAY_AGAIN_MS = 30_000;

/**
 * The pipelined appends of one stream: go-back-N. Whatever fails for a while is sent again in the order of the calls,
 * under the same ids, and nothing overtakes it.
 */
export class Lane {
  readonly stream: StreamName;
  readonly #host: LaneHost;
  readonly #gate: Gate;
  readonly #timing: LaneTiming;
  readonly #queue = new Queue<PendingAppend>();
  /** By token; tokens rise, so this is also the order of sending. */
  readonly #flight = new Map<number, PendingAppend>();
  #flightBytes = 0;
  #again: PendingAppend[] = [];
  #phase: Phase = "flowing";
  #trouble: Trouble;
  #failures = 0;
  #newest = 0;
  /** Bytes of the event that found no room last. */
  #lacking = 0;
  #saidAt = 0;
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(stream: StreamName, host: LaneHost, gate: Gate, timing: LaneTiming) {
    this.stream = stream;
    this.#host = host;
    this.#gate = gate;
    this.#timing = timing;
  }

  get trouble(): Trouble {
    return this.#trouble;
  }

  get idle(): boolean {
    return this.#gate.events === 0;
  }

  /** The stream's newest sequence as far as anybody has told this lane. */
  knows(seq: number): void {
    if (seq > this.#newest) this.#newest = seq;
  }

  push(append: PendingAppend): void {
    if (append.impatient && this.#trouble === "full") {
      this.#settle(append, () => append.reject(full()));
      return;
    }
    this.#queue.push(append);
    if (this.#phase === "flowing" || this.#phase === "probing") this.#schedule();
  }

  /** The append's time is up. What is in flight may still be stored; it is not sent again. */
  giveUp(append: PendingAppend): void {
    if (append.settled) return;
    this.#settle(append, () => append.reject(outOfPatience(append.attempts > 0)));
    this.#again = this.#again.filter((other) => other !== append);
    this.#queue.putBack(this.#queue.drain().filter((other) => other !== append));
  }

  /** The link is down: what was in flight is unsettled, and nothing more comes in for it. */
  lost(): void {
    this.#recall();
    this.#pause(undefined);
  }

  /** The link is up and the stream answers. */
  restored(): void {
    if (this.#phase !== "paused") return;
    this.#failures = 0;
    void this.#resume();
  }

  acknowledged(token: number, ack: Ack): void {
    const append = this.#flight.get(token);
    if (append === undefined) return;
    this.#flight.delete(token);
    this.#flightBytes -= append.bytes;
    if ("error" in ack) this.#refused(append, ack.error);
    else this.#stored(append, ack.seq, ack.duplicate);
    if (this.#phase === "failing") this.#goBack();
    else if (this.#queue.length > 0) this.#schedule();
  }

  /** Called now and then: acknowledgements that do not come are failures too. */
  tick(now: number): void {
    const [oldest] = this.#flight.values();
    if (oldest === undefined || now - oldest.sentAt < this.#timing.ackTimeoutMs) return;
    this.#recall();
    this.#pause("away");
  }

  /** Gives up all that is unsettled. */
  abandon(error: Error): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#recall();
    for (const append of [...this.#again.splice(0), ...this.#queue.drain()])
      this.#settle(append, () => append.reject(error));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After this turn's other appends, so that one write carries them all.
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    if (this.#closed || !this.#host.up) return;
    if (this.#phase !== "flowing" && this.#phase !== "probing") return;
    const { inbox } = this.#host;
    const { events, bytes } = this.#phase === "probing" ? { events: 1, bytes: 1 } : this.#gate.window;
    const now = Date.now();
    let text = "";
    while (this.#flight.size < events && this.#flightBytes < bytes) {
      const append = this.#queue.shift();
      if (append === undefined) break;
      append.attempts += 1;
      append.sentAt = now;
      if (append.firstSentAt === 0) {
        append.firstSentAt = now;
        append.after = this.#newest;
      }
      const token = this.#host.nextToken(this);
      this.#flight.set(token, append);
      this.#flightBytes += append.bytes;
      text += publishText(append, inbox + token);
      if (text.length < CHUNK) continue;
      this.#host.write(Buffer.from(text));
      text = "";
    }
    if (text !== "") this.#host.write(Buffer.from(text));
  }

  #stored(append: PendingAppend, seq: number, duplicate: boolean): void {
    if (seq > this.#newest) this.#newest = seq;
    this.#settle(append, () => append.resolve({ seq, duplicate }));
    this.#healthy();
  }

  #refused(append: PendingAppend, error: ApiErrorBody): void {
    const kind = kindOf(error);
    if (kind === "too-large") {
      this.#settle(append, () => append.reject(tooLarge(append.bytes)));
      this.#healthy();
    } else if (kind === "conflict") {
      void this.#final(append, movedOn(append.subject, append.expectedLastSeq));
      this.#healthy();
    } else {
      if (kind === "full") this.#lacking = append.bytes;
      this.#keep(append);
      this.#phase = "failing";
      this.#report(kind === "full" ? "full" : "away", error);
      if (kind === "full") this.#refuseImpatient();
    }
  }

  /** To be sent again, unless its caller has been answered. */
  #keep(...appends: readonly PendingAppend[]): void {
    this.#again.push(...appends.filter(({ settled }) => !settled));
  }

  /** The stream is full: who does not want to wait hears it now, and what he sent is not sent again. */
  #refuseImpatient(): void {
    const queued = this.#queue.drain();
    const refused = [...this.#again, ...queued].filter(({ impatient }) => impatient);
    this.#again = this.#again.filter(({ impatient }) => !impatient);
    this.#queue.putBack(queued.filter(({ impatient }) => !impatient));
    for (const append of refused) {
      // Sent more than once, an earlier attempt may have been stored.
      if (append.attempts > 1) void this.#final(append, full());
      else this.#settle(append, () => append.reject(full()));
    }
  }

  /** The stream has answered as it should. */
  #healthy(): void {
    if (this.#phase === "probing") this.#phase = "flowing";
    if (this.#phase !== "flowing") return;
    this.#failures = 0;
    this.#report(undefined);
  }

  /**
   * Refused for good, unless an earlier attempt was stored. A cluster checks the expected sequence before the id: it may
   * be our own event that moved the subject on.
   */
  async #final(append: PendingAppend, refusal: Error): Promise<void> {
    try {
      const seq = (await this.#host.findStored([append])).get(append.id);
      if (seq === undefined) this.#settle(append, () => append.reject(refusal));
      else this.#settle(append, () => append.resolve({ seq, duplicate: true }));
    } catch (error) {
      if (this.#closed) return this.#settle(append, () => append.reject(error as Error));
      // The log went away meanwhile: asked again later.
      this.#keep(append);
      if (this.#phase === "paused" || this.#phase === "resuming") return;
      this.#phase = "failing";
      this.#goBack();
    }
  }

  #goBack(): void {
    if (this.#phase === "failing" && this.#flight.size === 0) this.#pause(this.#trouble);
  }

  /** What is in flight is to be sent again. */
  #recall(): void {
    this.#keep(...this.#flight.values());
    this.#flight.clear();
    this.#flightBytes = 0;
  }

  #pause(trouble: Trouble): void {
    this.#phase = "paused";
    this.#failures += 1;
    this.#report(trouble);
    const [first, longest] = this.#timing.pauseMs;
    const pause = trouble === "full" ? this.#timing.fullPauseMs : Math.min(first * 2 ** (this.#failures - 1), longest);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#resume(), pause * (0.5 + Math.random() / 2));
  }

  async #resume(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#closed || !this.#host.up || this.#phase !== "paused") return;
    this.#phase = "resuming";
    const oldest = Date.now() - this.#timing.trustDuplicatesMs;
    const doubtful = this.#again.filter(({ firstSentAt }) => firstSentAt < oldest);
    if (doubtful.length > 0 && !(await this.#settleStored(doubtful))) return;
    this.#queue.putBack(this.#again.splice(0).sort((a, b) => a.order - b.order));
    if (this.#queue.length === 0 && this.#trouble !== undefined && !(await this.#recovered())) return;
    this.#phase = "probing";
    this.#send();
  }

  /** With nothing left to send that would show it, the stream is asked; false if it can't store events yet. */
  async #recovered(): Promise<boolean> {
    const takes = await this.#host.takes(this.stream, this.#lacking).catch(() => undefined);
    if (this.#phase !== "resuming" || this.#closed) return false;
    // What came meanwhile shows it better.
    if (this.#queue.length > 0) return true;
    if (takes === true) this.#report(undefined);
    else this.#pause(takes === undefined ? "away" : "full");
    return takes === true;
  }

  /** Settles what an earlier attempt has stored after all; false if that can't be known now. */
  async #settleStored(doubtful: readonly PendingAppend[]): Promise<boolean> {
    let stored: ReadonlyMap<string, number>;
    try {
      stored = await this.#host.findStored(doubtful);
    } catch (error) {
      this.#host.logger.warn({ stream: this.stream, error }, "the log can't be searched for earlier attempts; waiting");
      if (this.#phase === "resuming") this.#pause("away");
      return false;
    }
    // The link may have been lost, or the log closed, while it was searched.
    if (this.#phase !== "resuming" || this.#closed) return false;
    this.#again = this.#again.filter((append) => {
      const seq = stored.get(append.id);
      if (seq !== undefined) this.#settle(append, () => append.resolve({ seq, duplicate: true }));
      return seq === undefined;
    });
    return true;
  }

  #settle(append: PendingAppend, how: () => void): void {
    if (append.settled) return;
    append.settled = true;
    this.#gate.release(append.bytes);
    how();
    this.#host.changed();
  }

  #report(trouble: Trouble, error?: ApiErrorBody): void {
    const now = Date.now();
    if (trouble !== undefined && (trouble !== this.#trouble || now - this.#saidAt > SAY_AGAIN_MS)) {
      this.#saidAt = now;
      const details = { stream: this.stream, waiting: this.#gate.events, error };
      if (trouble === "full")
        this.#host.logger.error(details, "the log is full: it refuses new events until there is room");
      else this.#host.logger.warn(details, "the log can't store events now; they wait");
    }
    if (trouble === this.#trouble) return;
    if (trouble === undefined) this.#host.logger.info({ stream: this.stream }, "the log stores events again");
    this.#trouble = trouble;
    this.#host.changed();
  }
}
