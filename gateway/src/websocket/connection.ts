import type { Duplex } from "node:stream";
import { type CloseReason, FleetError } from "@fleetlog/domain";
import type { CommandCancellation, CommandMessage, ConfigurationMessage, RenewedCertificate } from "@fleetlog/protocol";
import type { WebSocket } from "ws";
import type { JsonRpcConversation, JsonRpcEvent } from "../dialects/index.ts";
import type { CountedConnection } from "../net/connection-limit.ts";
import { CLOSE, END_CODES } from "../net/refusing/end-codes.ts";
import { retryAfterMs, seconds } from "../net/refusing/retry-after.ts";
import { eventMessage } from "../rpc/answers.ts";
import { type Close, fitting } from "../rpc/closing.ts";
import type { HeartbeatTarget } from "../rpc/heartbeat.ts";
import { Outbox } from "../rpc/outbox.ts";
import { EventSubscriptions } from "../rpc/subscriptions.ts";
import { type AnySession, type Delivery, type DeviceReports, NO_REPORTS } from "../sessions/index.ts";
import type { ConnectionContext } from "./context.ts";
import type { Authenticated, Origin } from "./login.ts";
import { tryLater } from "./login-phase.ts";
import { type Caller, type LoggedIn, Methods } from "./methods.ts";
import { type LetIn, Opening, type OpeningOwner } from "./opening.ts";
import { Pings } from "./pings.ts";
import { Reading, type ReadingOwner } from "./reading.ts";
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
 * - `OpeningOwner` until the device has logged in,
 * - `ReadingOwner` for the reading of messages.
 */
export class WebSocketConnection implements Caller, HeartbeatTarget, SendingConnection, OpeningOwner, ReadingOwner {
  readonly origin: Origin;
  readonly subscriptions = new EventSubscriptions();
  loggedIn: LoggedIn | undefined;
  conversation: JsonRpcConversation | undefined;
  readonly #context: ConnectionContext;
  readonly #websocket: WebSocket;
  readonly #outbox: Outbox;
  readonly #slot: number;
  readonly #opening: Opening;
  readonly #reading: Reading;
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
    this.#reading = new Reading(context, websocket, this, this.#outbox, new Methods(context, this, this.#opening));
    this.#slot = context.heartbeat.add(this);
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
    this.#reading.pauseUntil(this.#opening.letIn(device));
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
      await this.#reading.endAnswered(patienceMs);
      this.session?.connectionEnded("lost", "this node stops");
      this.shut({ code: CLOSE.restart, text: `this node stops; retry after ${seconds(retryAfterMs())} s` });
    }
    await closed;
  }

  // HeartbeatTarget: for the heartbeat

  checkAlive(): void {
    if (this.#ending) return;
    const why = this.#reading.silence();
    if (why === undefined) return;
    this.session?.connectionEnded("timeout", why);
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
    return this.session?.report(reports) ?? Promise.resolve(0);
  }

  offerCommands(again?: (command: CommandMessage) => boolean): void {
    this.session?.offerCommands(again);
  }

  configurationSubscribed(): void {
    this.session?.configurationSubscribed();
  }

  renewCertificate(csr: string): Promise<RenewedCertificate> {
    const session = this.session;
    if (session === undefined) throw new FleetError("unauthenticated", "this connection has not logged in");
    return session.renewCertificate(csr);
  }

  // Caller: for the methods

  answer(text: string): void {
    this.#outbox.send(text);
  }

  // OpeningOwner: until the device has logged in

  get reading(): boolean {
    return !this.#reading.paused;
  }

  endWaiting(why: string): void {
    this.session?.connectionEnded("protocol-error", why);
  }

  shut({ code, text }: Close): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#reading.end();
    this.#opening.clearTimer();
    if (code === undefined) {
      this.#websocket.terminate();
      return;
    }
    // The peer's close frame must be read.
    this.#websocket.resume();
    this.#websocket.close(code, fitting(text));
  }

  // ReadingOwner: for the reading of messages

  get session(): AnySession | undefined {
    return this.loggedIn?.session;
  }

  receivedBeforeLogin(): void {
    this.#opening.message();
  }

  // Closing

  /** Handles an invalid frame (RFC 6455, 7.1.7). After any other error comes `close`. */
  #failed(error: Error & { code?: string }): void {
    if (error.code?.startsWith("WS_ERR_") !== true || this.#ending) return;
    this.#reading.finish();
    this.session?.connectionEnded("protocol-error", error.message);
    this.#ending = true;
  }

  #closed(code: number, reason: Buffer): void {
    this.#reading.clearTimer();
    this.#opening.clearTimer();
    this.#context.heartbeat.remove(this, this.#slot);
    if (!this.#ending) this.#closedByPeer(code, reason.toString());
    this.conversation?.ended?.();
  }

  #closedByPeer(code: number, reason: string): void {
    this.#reading.finish();
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
    this.session?.connectionEnded(
      code === NO_CLOSE_FRAME ? "lost" : "device-closed",
      `code ${code}${reason === "" ? "" : `: ${reason}`}`,
    );
  }

  #madePings(): Pings {
    this.#pings ??= new Pings(this.#websocket);
    return this.#pings;
  }
}
