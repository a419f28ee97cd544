import type { Duplex } from "node:stream";
import { type CloseReason, FleetError } from "@fleetlog/domain";
import type { CommandCancellation, CommandMessage, ConfigurationMessage, RenewedCertificate } from "@fleetlog/protocol";
import type { WebSocket } from "ws";
import type { JsonRpcConversation, JsonRpcEvent } from "../dialects/index.ts";
import type { CountedConnection } from "../net/connection-limit.ts";
import { CLOSE, END_CODES } from "../net/end-codes.ts";
import { retryAfterMs, seconds } from "../net/retry-after.ts";
import { eventMessage } from "../rpc/answers.ts";
import { Calls } from "../rpc/calls.ts";
import { type Close, fitting } from "../rpc/closing.ts";
import type { HeartbeatTarget } from "../rpc/heartbeat.ts";
import { MessageIntake } from "../rpc/intake.ts";
import { Outbox } from "../rpc/outbox.ts";
import { EventSubscriptions } from "../rpc/subscriptions.ts";
import { type AnySession, type Delivery, type DeviceReports, NO_REPORTS } from "../sessions/index.ts";
import type { ConnectionContext } from "./context.ts";
import { Liveness } from "./liveness.ts";
import type { Authenticated, Origin } from "./login.ts";
import { tryLater } from "./login-phase.ts";
import { type Caller, type LoggedIn, Methods } from "./methods.ts";
import { type LetIn, Opening, type OpeningOwner } from "./opening.ts";
import { Pings } from "./pings.ts";
import { deliverCommand, type SendingConnection, sendCancellation, sendConfiguration } from "./send-to-device.ts";

/** How long a peer may take to answer a ping. */
const ALIVE_MS = 3_000;

/** RFC 6455, 7.1.5: closed without a close frame. */
const NO_CLOSE_FRAME = 1006;

/**
 * A device's WebSocket after the upgrade. The class has a section for each interface:
 * - `DeviceConnection` for the session,
 * - `HeartbeatTarget` for the heartbeat,
 * - `SendingConnection` for messages to the device,
 * - `JsonRpcDialectConnection` for the dialect,
 * - `Caller` for the methods,
 * - `OpeningOwner` until the device has logged in.
 */
export class WebSocketConnection implements Caller, HeartbeatTarget, SendingConnection, OpeningOwner {
  readonly origin: Origin;
  readonly subscriptions = new EventSubscriptions();
  loggedIn: LoggedIn | undefined;
  conversation: JsonRpcConversation | undefined;
  readonly #context: ConnectionContext;
  readonly #websocket: WebSocket;
  readonly #intake: MessageIntake;
  readonly #outbox: Outbox;
  readonly #calls: Calls;
  readonly #liveness = new Liveness();
  readonly #slot: number;
  readonly #opening: Opening;
  #timer: NodeJS.Timeout | undefined;
  #ending = false;
  #offersWhenDrained = false;
  #pings: Pings | undefined;

  constructor(
    context: ConnectionContext,
    websocket: WebSocket,
    socket: Duplex,
    origin: Origin,
    counted: CountedConnection | undefined,
  ) {
    this.#context = context;
    this.#websocket = websocket;
    this.origin = origin;
    this.#outbox = new Outbox(websocket, socket);
    this.#opening = new Opening(context, websocket, socket, this, counted);
    this.#calls = new Calls(new Methods(context, this, this.#opening), context.limits.maxUnstoredReports);
    this.#intake = new MessageIntake(websocket, (message) => this.#handle(message));
    this.#slot = context.heartbeat.add(this);
    websocket.on("message", (data: Buffer) => {
      this.#liveness.heard = true;
      this.#intake.take(data);
    });
    websocket.on("ping", (data: Buffer) => this.#pinged(data));
    websocket.on("pong", () => this.#controlFrame());
    websocket.on("error", (error: Error & { code?: string }) => this.#failed(error));
    websocket.on("close", (code: number, reason: Buffer) => this.#closed(code, reason));
  }

  get address(): string {
    return this.origin.address;
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

  // Opening

  /** Further messages wait until the session is open. */
  letIn(device: LetIn): void {
    this.#intake.pauseUntil(this.#opening.letIn(device));
  }

  wait(release: () => void): void {
    this.#opening.wait(release);
  }

  admit(device: Authenticated): Promise<void> {
    return this.#opening.admit(device);
  }

  // DeviceConnection: for the fleet session

  get closed(): boolean {
    return this.#ending;
  }

  deliver(command: CommandMessage, deliveries: number): Promise<Delivery> {
    return deliverCommand(this, command, deliveries);
  }

  cancel(message: CommandCancellation): Promise<boolean> {
    return sendCancellation(this, message);
  }

  configure(message: ConfigurationMessage): Promise<boolean> {
    return sendConfiguration(this, message);
  }

  forget(command: string): void {
    this.conversation?.forget?.(command);
  }

  isAlive(): Promise<boolean> {
    return this.#ending ? Promise.resolve(false) : this.#madePings().send(ALIVE_MS);
  }

  end(reason: CloseReason, detail?: string): void {
    const { closeCode: code, text } = END_CODES[reason];
    const close = { code, text: detail ?? text };
    this.shut(code === CLOSE.tryLater ? tryLater(close.text) : close);
  }

  /** The node stops: waits up to `patienceMs` for the answers of begun calls. Resolves when the socket is closed. */
  async closeForRestart(patienceMs: number): Promise<void> {
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
      // The last answers are written in this turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      this.#session?.connectionEnded("lost", "this node stops");
      this.shut({ code: CLOSE.restart, text: `this node stops; retry after ${seconds(retryAfterMs())} s` });
    }
    await closed;
  }

  // HeartbeatTarget: for the heartbeat

  checkAlive(): void {
    if (this.#ending) return;
    const why = this.#liveness.check(this.#websocket, this.#intake, this.#outbox);
    if (why === undefined) return;
    this.#session?.connectionEnded("timeout", why);
    this.shut({ code: undefined, text: "silent for too long" });
  }

  // SendingConnection: for messages to the device

  get canSend(): boolean {
    return !this.#ending && this.#outbox.open;
  }

  get outboxFull(): boolean {
    return this.#outbox.full;
  }

  offerWhenDrained(): void {
    if (this.#offersWhenDrained) return;
    this.#offersWhenDrained = true;
    void this.#outbox.drained.then(() => {
      this.#offersWhenDrained = false;
      this.offerCommands();
    });
  }

  // JsonRpcDialectConnection: for the dialect

  get clock(): () => number {
    return this.#context.clock;
  }

  sendEvent({ name, params }: JsonRpcEvent): Promise<boolean> {
    return new Promise((resolve) => this.#outbox.send(eventMessage(name, params), resolve));
  }

  ping(): Promise<boolean> {
    return this.#madePings().send();
  }

  report(reports: DeviceReports): Promise<number> {
    return this.#session?.report(reports) ?? Promise.resolve(0);
  }

  offerCommands(again?: (command: CommandMessage) => boolean): void {
    this.#session?.offerCommands(again);
  }

  configurationSubscribed(): void {
    this.#session?.configurationSubscribed();
  }

  renewCertificate(csr: string): Promise<RenewedCertificate> {
    const session = this.#session;
    if (session === undefined) throw new FleetError("unauthenticated", "this connection has not logged in");
    return session.renewCertificate(csr);
  }

  // Caller: for the methods

  answer(text: string): void {
    this.#outbox.send(text);
  }

  // OpeningOwner: until the device has logged in

  get reading(): boolean {
    return !this.#intake.paused;
  }

  endWaiting(why: string): void {
    this.#session?.connectionEnded("protocol-error", why);
  }

  shut({ code, text }: Close): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#clearTimers();
    this.#intake.end();
    if (code === undefined) {
      this.#websocket.terminate();
      return;
    }
    // The peer's close frame must be read.
    this.#websocket.resume();
    this.#websocket.close(code, fitting(text));
  }

  // Reading

  #handle(message: Buffer): Promise<void> | undefined {
    const begun = this.#calls.handle(message);
    if (this.#intake.ended) return undefined;
    if (begun !== undefined)
      return begun.then(() => this.#settle(this.#charge(this.#calls.takeCost(), message.length)));
    const wait = this.#charge(this.#calls.takeCost(), message.length);
    const decided = this.#session?.whenRepeatsDecided();
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
    if (this.#session !== undefined) return this.#session.throttle(cost, bytes);
    this.#opening.message();
    return 0;
  }

  /** Never resolves if the connection ends before. */
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

  // Closing

  /** Handles an invalid frame (RFC 6455, 7.1.7). After any other error comes `close`. */
  #failed(error: Error & { code?: string }): void {
    if (error.code?.startsWith("WS_ERR_") !== true || this.#ending) return;
    this.#intake.finish();
    this.#session?.connectionEnded("protocol-error", error.message);
    this.#ending = true;
  }

  #closed(code: number, reason: Buffer): void {
    this.#clearTimers();
    this.#context.heartbeat.remove(this, this.#slot);
    if (!this.#ending) this.#closedByPeer(code, reason.toString());
    this.conversation?.ended?.();
  }

  #closedByPeer(code: number, reason: string): void {
    this.#intake.finish();
    if (this.loggedIn !== undefined) {
      const { session, conversation } = this.loggedIn;
      const reports = conversation.closed?.(code) ?? NO_REPORTS;
      session.report(reports).catch((error: unknown) => {
        const { device } = session;
        this.#context.logger.warn(
          { err: error, device },
          "could not record the reports that the device's close implies",
        );
      });
    }
    this.#ending = true;
    this.#session?.connectionEnded(
      code === NO_CLOSE_FRAME ? "lost" : "device-closed",
      `code ${code}${reason === "" ? "" : `: ${reason}`}`,
    );
  }

  get #session(): AnySession | undefined {
    return this.loggedIn?.session;
  }

  #madePings(): Pings {
    this.#pings ??= new Pings(this.#websocket);
    return this.#pings;
  }

  #clearTimers(): void {
    clearTimeout(this.#timer);
    this.#opening.clearTimer();
  }
}
