import type { Duplex } from "node:stream";
import { type CloseReason, FleetError } from "@fleetlog/domain";
import type { DeviceProof } from "@fleetlog/identity";
import type { CommandMessage } from "@fleetlog/protocol";
import type { WebSocket } from "ws";
import type { EndpointContext } from "../endpoint.ts";
import { Calls } from "../rpc/calls.ts";
import { type Close, fitting, POLICY, RESTART, TRY_LATER } from "../rpc/closing.ts";
import type { Heartbeat, HeartbeatTarget } from "../rpc/heartbeat.ts";
import { Intake } from "../rpc/intake.ts";
import { Outbox } from "../rpc/outbox.ts";
import { retryAfterMs, seconds } from "../rpc/retry-after.ts";
import { Subscriptions } from "../rpc/subscriptions.ts";
import type { DeviceConnection, DeviceSession } from "../sessions/index.ts";
import { CLOSES, reasonOf } from "./close-codes.ts";
import { CommandEvents } from "./command-events.ts";
import { Patience, refusalOf } from "./login.ts";
import { type Caller, Methods } from "./methods.ts";

export interface ConnectionContext extends EndpointContext {
  readonly heartbeat: Heartbeat;
}

/** Intervals that a peer may stay silent for before its connection is closed. */
const SILENT_INTERVALS = 2;

/** One device's WebSocket: from the upgrade to its close. */
export class WebSocketConnection implements DeviceConnection, Caller, HeartbeatTarget {
  readonly address: string;
  readonly subscriptions = new Subscriptions();
  readonly commands: CommandEvents;
  readonly #context: ConnectionContext;
  readonly #websocket: WebSocket;
  readonly #intake: Intake;
  readonly #outbox: Outbox;
  readonly #calls: Calls;
  readonly #slot: number;
  #session: DeviceSession | undefined;
  /** Until it has logged in. */
  #patience: Patience | undefined = new Patience();
  #timer: NodeJS.Timeout | undefined;
  #ending = false;
  #silentIntervals = 0;
  #heard = false;
  #owesCommands = false;

  constructor(context: ConnectionContext, websocket: WebSocket, socket: Duplex, address: string) {
    this.#context = context;
    this.#websocket = websocket;
    this.address = address;
    this.#outbox = new Outbox(websocket, socket);
    this.#calls = new Calls(new Methods(context, this), context.limits.inFlight);
    this.commands = new CommandEvents(this.#outbox, this.subscriptions, context.clock);
    this.#intake = new Intake(websocket, (message) => this.#handle(message));
    this.#slot = context.heartbeat.add(this);
    websocket.on("message", (data: Buffer) => {
      this.#heard = true;
      this.#intake.take(data);
    });
    websocket.on("ping", (data: Buffer) => this.#pinged(data));
    websocket.on("pong", () => this.#controlFrame());
    websocket.on("error", (error: Error & { code?: string }) => this.#failed(error));
    websocket.on("close", (code: number, reason: Buffer) => this.#closed(code, reason));
    this.#timer = setTimeout(() => this.#loginTimedOut(), context.limits.loginMs);
  }

  get protocol() {
    return "websocket" as const;
  }

  get version() {
    return "JSON-RPC";
  }

  get keepAliveSeconds() {
    return seconds(this.#context.limits.pingMs);
  }

  /** The upgrade showed these credentials: opens the session. Calls wait until it is open. */
  authenticated(device: string, proof: DeviceProof): void {
    this.#intake.hold(
      this.open(device, proof).catch((error: unknown) => {
        this.#context.logger.warn({ err: error, device }, "no session could be opened");
        this.#shut(tryLater("no session could be opened"));
      }),
    );
  }

  // DeviceConnection

  get closed(): boolean {
    return this.#ending;
  }

  async deliver(command: CommandMessage): Promise<boolean> {
    if (this.#ending || !this.#outbox.open) return false;
    if (!this.#outbox.full) return this.commands.deliver(command);
    if (!this.#owesCommands) {
      this.#owesCommands = true;
      void this.#outbox.drained.then(() => {
        this.#owesCommands = false;
        this.#session?.offerCommands();
      });
    }
    return false;
  }

  forget(command: string): void {
    this.commands.forget(command);
  }

  end(reason: CloseReason, detail?: string): void {
    const { code, text } = CLOSES[reason];
    const close = { code, text: detail ?? text };
    this.#shut(code === TRY_LATER ? tryLater(close.text) : close);
  }

  /** The node stops: what is on its way to the log is acknowledged, nothing more is read. Resolves when it is closed. */
  async leave(patienceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#websocket.once("close", () => resolve()));
    if (!this.#ending) {
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
      // The last answers are made in the turn in which the log's came.
      await new Promise((resolve) => setImmediate(resolve));
      this.#session?.connectionEnded("lost", "this node stops");
      this.#shut({ code: RESTART, text: `this node stops; retry after ${seconds(retryAfterMs())} s` });
    }
    await closed;
  }

  // HeartbeatTarget

  checkAlive(): void {
    if (this.#ending) return;
    const stalled = this.#outbox.full;
    const paused = this.#intake.paused;
    if (!stalled && (this.#heard || paused)) {
      this.#heard = false;
      this.#silentIntervals = 0;
      // What a paused socket would say is not heard, so its silence proves nothing; but a write tells if it is broken.
      if (paused) this.#websocket.ping();
      return;
    }
    if (this.#silentIntervals >= SILENT_INTERVALS) {
      this.#session?.connectionEnded("timeout", stalled ? "does not read what it is sent" : "does not answer pings");
      this.#shut(CLOSES.timeout);
      return;
    }
    this.#silentIntervals++;
    if (!stalled) this.#websocket.ping();
    else
      void this.#outbox.drained.then(() => {
        this.#silentIntervals = 0;
      });
  }

  // Caller

  get session(): DeviceSession | undefined {
    return this.#session;
  }

  get ending(): boolean {
    return this.#ending;
  }

  send(text: string): void {
    this.#outbox.send(text);
  }

  async open(device: string, proof: DeviceProof): Promise<void> {
    const session = await this.#context.sessions.open({ device, proof, connection: this });
    if (this.#ending) {
      session.connectionEnded("lost", "the connection had gone before its session was open");
      throw new FleetError("session-superseded", "the connection has ended");
    }
    this.#session = session;
    this.#patience = undefined;
    clearTimeout(this.#timer);
  }

  loginFailed(error: unknown, device: string | undefined): void {
    if (this.#session !== undefined) return;
    this.#refusedLogin(device, refusalOf(error));
    const code = error instanceof FleetError ? error.code : "internal";
    const close =
      code === "log-unavailable" || code === "unavailable"
        ? tryLater("log-in is not possible now")
        : this.#patience?.failed(error) === true
          ? { code: POLICY, text: "log-in failed" }
          : undefined;
    // After the answer, which is written before the next turn of the event loop.
    if (close !== undefined) setImmediate(() => this.#shut(close));
  }

  // Reading

  #handle(message: Buffer): Promise<void> | undefined {
    const begun = this.#calls.handle(message);
    if (this.#intake.ended) return undefined;
    if (begun !== undefined) return begun.then(() => this.#settle(this.#charge(this.#calls.takeCost())));
    const wait = this.#charge(this.#calls.takeCost());
    if (wait === 0 && !this.#calls.full && !this.#outbox.full && !this.#context.log.congested) return undefined;
    return this.#settle(wait);
  }

  /** Resolves when the next message may be handled. */
  async #settle(waitMs: number): Promise<void> {
    if (waitMs > 0) await this.#sleep(waitMs);
    if (this.#calls.full) await this.#calls.room();
    if (this.#outbox.full) await this.#outbox.drained;
    if (this.#context.log.congested) await this.#context.log.whenRelieved();
  }

  /** Milliseconds to wait for having sent so much. */
  #charge(cost: number): number {
    if (this.#session !== undefined) return this.#session.throttle(cost);
    if (this.#patience?.message() === true) this.#shut({ code: POLICY, text: "too many messages before log-in" });
    return 0;
  }

  /** Goes on with the connection alone: when that ends, so does the timer. */
  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(resolve, milliseconds);
    });
  }

  #controlFrame(): void {
    this.#heard = true;
    const wait = this.#charge(1);
    if (wait > 0 && !this.#intake.paused) this.#intake.hold(this.#sleep(wait));
  }

  #pinged(data: Buffer): void {
    // RFC 6455, 5.5.3 allows to answer the newest of several pings; a peer that reads none of the answers gets no more.
    if (!this.#outbox.full) this.#websocket.pong(data);
    this.#controlFrame();
  }

  // Ends

  #refusedLogin(login: string | undefined, refusal: { reason: string; why: string }): void {
    this.#context.refusedLogins.add({ protocol: "websocket", login, address: this.address, ...refusal });
  }

  #loginTimedOut(): void {
    this.#refusedLogin(undefined, { reason: "timeout", why: "no log-in came in time" });
    if (this.#context.log.status !== "ready") this.#shut(tryLater("the log is unavailable"));
    else this.#shut({ code: POLICY, text: `no log-in within ${seconds(this.#context.limits.loginMs)} s` });
  }

  /** A frame that is none (RFC 6455, 7.1.7), or the socket's own end, whose close comes next. */
  #failed(error: Error & { code?: string }): void {
    if (error.code?.startsWith("WS_ERR_") !== true || this.#ending) return;
    this.#intake.finish();
    this.#session?.connectionEnded("protocol-error", error.message);
    this.#ending = true;
  }

  #closed(code: number, reason: Buffer): void {
    clearTimeout(this.#timer);
    this.#context.heartbeat.remove(this, this.#slot);
    if (this.#ending) return;
    this.#intake.finish();
    const session = this.#session;
    if (code === 1000 && session !== undefined) this.#takeCloseAsAnswer(session);
    this.#ending = true;
    session?.connectionEnded(reasonOf(code), `code ${code}${reason.length === 0 ? "" : `: ${reason.toString()}`}`);
  }

  #takeCloseAsAnswer(session: DeviceSession): void {
    const id = this.commands.answeredByClosing();
    if (id === undefined) return;
    session
      .commandResult({ id, ok: true, result: { assumed: "the device closed its connection in answer" } })
      .catch((error: unknown) => this.#context.logger.warn({ err: error, command: id }, "a result was not recorded"));
  }

  #shut({ code, text }: Close): void {
    if (this.#ending) return;
    this.#ending = true;
    clearTimeout(this.#timer);
    this.#intake.end();
    if (code === undefined) {
      this.#websocket.terminate();
      return;
    }
    // The peer's close frame has to be read.
    this.#websocket.resume();
    this.#websocket.close(code, fitting(text));
  }
}

function tryLater(why: string): Close {
  return { code: TRY_LATER, text: `${why}; retry after ${seconds(retryAfterMs())} s` };
}
