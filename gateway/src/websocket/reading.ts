import type { WebSocket } from "ws";
import { Calls, type CallTarget } from "../rpc/calls.ts";
import { MessageIntake } from "../rpc/intake.ts";
import type { Outbox } from "../rpc/outbox.ts";
import type { AnySession } from "../sessions/index.ts";
import type { ConnectionContext } from "./context.ts";
import { Liveness } from "./liveness.ts";

/** The connection, as the reading of its messages sees it. */
export interface ReadingOwner {
  /** Undefined before the log-in. */
  readonly session: AnySession | undefined;
  /** A message or control frame came before the log-in. */
  receivedBeforeLogin(): void;
}

/**
 * Reads a device's messages one by one, and begins their calls. The next message waits while the device is over its
 * rate, while too many calls or answers wait, and while the log accepts nothing.
 */
export class Reading {
  readonly #context: ConnectionContext;
  readonly #websocket: WebSocket;
  readonly #owner: ReadingOwner;
  readonly #outbox: Outbox;
  readonly #calls: Calls;
  readonly #intake: MessageIntake;
  readonly #liveness = new Liveness();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    context: ConnectionContext,
    websocket: WebSocket,
    owner: ReadingOwner,
    outbox: Outbox,
    target: CallTarget,
  ) {
    this.#context = context;
    this.#websocket = websocket;
    this.#owner = owner;
    this.#outbox = outbox;
    this.#calls = new Calls(target, context.limits.maxUnstoredReports);
    this.#intake = new MessageIntake(websocket, (message) => this.#handle(message));
    websocket.on("message", (data: Buffer) => {
      this.#liveness.heard = true;
      this.#intake.take(data);
    });
    websocket.on("ping", (data: Buffer) => this.#pinged(data));
    websocket.on("pong", () => this.#controlFrame());
  }

  get paused(): boolean {
    return this.#intake.paused;
  }

  /** Called at each heartbeat. @returns why the peer counts as gone; undefined if it does not */
  silence(): string | undefined {
    return this.#liveness.check(this.#websocket, this.#intake, this.#outbox);
  }

  pauseUntil(until: Promise<void>): void {
    this.#intake.pauseUntil(until);
  }

  /** Begins the calls of the messages that were already read, and reads no more. */
  finish(): void {
    this.#intake.finish();
  }

  end(): void {
    this.#intake.end();
    this.clearTimer();
  }

  clearTimer(): void {
    clearTimeout(this.#timer);
  }

  /** Reads no more. Resolves when the begun calls are answered, or after `patienceMs`. */
  async endAnswered(patienceMs: number): Promise<void> {
    this.#intake.end();
    this.#websocket.pause();
    let late: NodeJS.Timeout | undefined;
    await Promise.race([
      this.#calls.idle(),
      new Promise((resolve) => {
        late = setTimeout(resolve, patienceMs);
      }),
    ]);
    clearTimeout(late);
    // The last answers are written in this turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #handle(message: Buffer): Promise<void> | undefined {
    const begun = this.#calls.handle(message);
    if (this.#intake.ended) return undefined;
    if (begun !== undefined)
      return begun.then(() => this.#settle(this.#charge(this.#calls.takeCost(), message.length)));
    const wait = this.#charge(this.#calls.takeCost(), message.length);
    const decided = this.#owner.session?.whenRepeatsDecided();
    const free = !this.#calls.full && !this.#outbox.full && !this.#context.log.congested;
    if (wait === 0 && free && decided === undefined) return undefined;
    return decided === undefined ? this.#settle(wait) : decided.then(() => this.#settle(wait));
  }

  async #settle(waitMs: number): Promise<void> {
    if (waitMs > 0) await this.#sleep(waitMs);
    if (this.#calls.full) await this.#calls.room();
    if (this.#outbox.full) await this.#outbox.drained;
    if (this.#context.log.congested) await this.#context.log.whenRelieved();
  }

  /** Returns milliseconds to wait before the next message. */
  #charge(cost: number, bytes: number): number {
    const { session } = this.#owner;
    if (session !== undefined) return session.throttle(cost, bytes);
    this.#owner.receivedBeforeLogin();
    return 0;
  }

  /** Resolves after the time, but never if the connection ends before. */
  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(resolve, milliseconds);
    });
  }

  #controlFrame(): void {
    this.#liveness.heard = true;
    const wait = this.#charge(1, 0);
    if (wait > 0 && !this.#intake.paused) this.#intake.pauseUntil(this.#sleep(wait));
  }

  #pinged(data: Buffer): void {
    // RFC 6455, 5.5.3 allows a pong for only the newest ping.
    if (!this.#outbox.full) this.#websocket.pong(data);
    this.#controlFrame();
  }
}
