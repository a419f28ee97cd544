import { FleetError, invalid } from "@fleetlog/domain";
import type { ReplayedLine } from "@fleetlog/fleet";
import type { ReplayPosition } from "@fleetlog/protocol";
import { type OpenReplay, ReplayReader, Stopped } from "./reader.ts";
import { Waking } from "./waking.ts";

export interface Receiver {
  position(position: ReplayPosition): void;
  /** Events as JSON. */
  events(items: readonly string[]): void;
  /** @param isEnd whether the replay ends, because it could not begin */
  problem(error: unknown, isEnd: boolean): void;
  /** Back-pressure: a promise that resolves when the client has read enough. */
  blocked(): Promise<void> | undefined;
}

export interface PlayerOptions {
  readonly open: OpenReplay;
  readonly from: string | number;
  readonly speed: number;
  readonly receiver: Receiver;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** Milliseconds between two positions while nothing else happens. */
const POSITION_MS = 500;
const BATCH = 100;
const BATCH_CHARS = 64 * 1_024;
const MOST_STEPS = 1_000;

/**
 * Plays a span: sends each event when the replay's time has reached it. The time stands still while the player waits for
 * events, and while the client does not read. During a pause, the historian keeps no open answer.
 */
export class Player {
  readonly #options: PlayerOptions;
  readonly #reader: ReplayReader;
  readonly #waking = new Waking();
  #state: ReplayPosition["state"] = "playing";
  #speed: number;
  /** Moment to move to; at first the beginning of the span. */
  #target: string | number | undefined;
  /** The moment at which the historian could not begin. */
  #missed: string | number | undefined;
  #span: Span | undefined;
  /** The replay's time in ms since 1970, when the clock was `#since`. */
  #at = 0;
  #since = 0;
  /** The newest event of FLEET that was sent. */
  #seq = 0;
  /** Number of events that {@link step} still has to send. */
  #steps = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#speed = options.speed;
    this.#target = options.from;
    this.#reader = new ReplayReader(options.open, { from: options.from });
    void this.#run();
  }

  get state(): ReplayPosition["state"] {
    return this.#state;
  }

  /** @throws FleetError `conflict` at the end */
  play(speed = this.#speed): void {
    this.#mustNotBeEnded();
    this.#advance();
    this.#speed = speed;
    this.#target ??= this.#missed;
    this.#change("playing");
  }

  pause(): void {
    this.#advance();
    if (this.#state === "playing") this.#change("paused");
  }

  /** Pauses, and sends the next events. @throws FleetError `conflict` at the end */
  step(events: number): void {
    this.#mustNotBeEnded();
    this.#advance();
    this.#target ??= this.#missed;
    this.#steps = Math.min(this.#steps + events, MOST_STEPS);
    this.#change("paused");
  }

  /**
   * @param to a time in ms since 1970, or a FLEET sequence
   * @throws FleetError `invalid-request` outside the span
   */
  seek(to: { readonly time: number } | { readonly seq: number }): void {
    const span = this.#span;
    if (span === undefined) throw new FleetError("conflict", "the replay has not begun yet");
    const isWithin =
      "time" in to ? to.time >= span.from && to.time <= span.to : to.seq >= span.fromSeq && to.seq <= span.toSeq;
    if (!isWithin) throw invalid("to", "the moment (to) must be within the span of the replay");
    this.#reader.stop();
    this.#target = "time" in to ? new Date(to.time).toISOString() : to.seq;
    this.#steps = 0;
    this.#change(this.#state === "ended" ? "paused" : this.#state);
  }

  close(): void {
    this.#closed = true;
    this.#reader.stop();
    this.#waking.wake();
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#turn();
      } catch (error) {
        if (this.#closed) return;
        if (error instanceof Stopped) continue;
        this.#reader.stop();
        this.#steps = 0;
        this.#state = "paused";
        this.#options.receiver.problem(error, this.#span === undefined);
        if (this.#span === undefined) return;
      }
    }
  }

  async #turn(): Promise<void> {
    if (this.#target !== undefined) await this.#move(this.#target);
    else if (this.#steps > 0) await this.#sendSteps();
    else if (this.#state === "playing") await this.#goOn();
    else {
      this.#reader.stop();
      this.#report();
      await this.#waking.wait();
    }
  }

  async #move(target: string | number): Promise<void> {
    this.#target = undefined;
    this.#missed = target;
    this.#reader.moveTo(target);
    const { from, to } = await this.#reader.head();
    this.#missed = undefined;
    this.#at = Date.parse(from.at);
    this.#seq = from.seq;
    this.#since = this.#options.clock();
    this.#span ??= { from: this.#at, to: Date.parse(to.at), fromSeq: from.seq, toSeq: to.seq };
    if (this.#state === "playing") this.#report();
  }

  async #sendSteps(): Promise<void> {
    const items: string[] = [];
    let line: ReplayedLine | null = null;
    try {
      do {
        line = await this.#reader.peek();
        if (line === null) break;
        this.#take(line, items);
        this.#at = this.#timeOf(line);
        this.#steps -= 1;
      } while (this.#steps > 0 && !isFull(items));
    } finally {
      if (items.length > 0) this.#options.receiver.events(items);
    }
    await this.#whileBlocked();
    if (line === null) this.#end();
  }

  async #goOn(): Promise<void> {
    let line = await this.#standing(() => this.#reader.peek());
    if (this.#state !== "playing" || this.#target !== undefined) return;
    this.#advance();
    const items: string[] = [];
    let last: ReplayedLine | undefined;
    try {
      while (line !== null && this.#timeOf(line) <= this.#at && !isFull(items)) {
        this.#take(line, items);
        last = line;
        line = await this.#standing(() => this.#reader.peek());
      }
    } finally {
      if (items.length > 0) this.#options.receiver.events(items);
    }
    if (last !== undefined) {
      // If events can't be sent in time, the replay slows down.
      if (isFull(items)) this.#at = this.#timeOf(last);
      await this.#whileBlocked();
    } else if (line === null && this.#at >= (this.#span?.to ?? 0)) this.#end();
    else if (this.#options.clock() - this.#reportedAt >= POSITION_MS) {
      this.#report();
      await this.#whileBlocked();
    } else {
      const next = line === null ? (this.#span?.to ?? 0) : this.#timeOf(line);
      const left = (next - this.#at) / this.#speed;
      await this.#waking.wait(Math.min(left, this.#reportedAt + POSITION_MS - this.#options.clock()));
    }
  }

  #take({ stream, seq, event }: ReplayedLine, items: string[]): void {
    this.#reader.take();
    if (stream === "FLEET") this.#seq = seq;
    items.push(event);
  }

  async #whileBlocked(): Promise<void> {
    const blocked = this.#options.receiver.blocked();
    if (blocked !== undefined) await this.#standing(() => Promise.race([blocked, this.#waking.wait()]));
  }

  /** Runs the task; the replay's time stands still meanwhile. */
  async #standing<T>(task: () => Promise<T>): Promise<T> {
    this.#advance();
    try {
      return await task();
    } finally {
      this.#since = this.#options.clock();
    }
  }

  #end(): void {
    this.#at = this.#span?.to ?? this.#at;
    this.#steps = 0;
    this.#state = "ended";
  }

  #mustNotBeEnded(): void {
    if (this.#state === "ended") {
      throw new FleetError("conflict", "the replay has ended", { advice: "Send seek first." });
    }
  }

  #change(state: ReplayPosition["state"]): void {
    this.#state = state;
    this.#reportedAt = Number.NEGATIVE_INFINITY;
    this.#waking.wake();
  }

  #advance(): void {
    const now = this.#options.clock();
    const end = this.#span?.to ?? this.#at;
    if (this.#state === "playing") this.#at = Math.min(end, this.#at + (now - this.#since) * this.#speed);
    this.#since = now;
  }

  /** An event of a gateway whose clock is wrong may have a time outside the span. */
  #timeOf({ time }: ReplayedLine): number {
    const { from = time, to = time } = this.#span ?? {};
    return Math.min(Math.max(time, from), to);
  }

  #report(): void {
    const span = this.#span;
    if (span === undefined) return;
    this.#reportedAt = this.#options.clock();
    const text = (time: number) => new Date(time).toISOString();
    this.#options.receiver.position({
      ...{ type: "position", state: this.#state, speed: this.#speed, at: text(this.#at), seq: this.#seq },
      ...{ from: text(span.from), to: text(span.to) },
    });
  }
}

function isFull(items: readonly string[]): boolean {
  return items.length >= BATCH || items.reduce((sum, { length }) => sum + length, 0) >= BATCH_CHARS;
}
