import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { JsonRpcConversation, JsonRpcDialectConnection } from "../dialects/index.ts";
import type { CountedConnection } from "../net/connection-limit.ts";
import { faultText, isFrameFault } from "../net/explained-websocket.ts";
import { CLOSE } from "../net/refusing/end-codes.ts";
import { retryAfterMs, seconds } from "../net/refusing/retry-after.ts";
import { type Close, fitting } from "../rpc/closing.ts";
import type { HeartbeatTarget } from "../rpc/heartbeat.ts";
import { EventSubscriptions } from "../rpc/subscriptions.ts";
import { type AnySession, type DeviceConnection, NO_REPORTS } from "../sessions/index.ts";
import type { ConnectionContext } from "./context.ts";
import { DialectConnection } from "./dialect-connection.ts";
import type { Authenticated, Origin } from "./login.ts";
import { type Caller, type LoggedIn, Methods } from "./methods.ts";
import { type LetIn, Opening, type OpeningOwner } from "./opening.ts";
import { Reading, type ReadingOwner } from "./reading.ts";
import { Sending } from "./sending.ts";
import { SessionConnection } from "./session-connection.ts";

/** RFC 6455, 7.1.5: closed without a close frame. */
const NO_CLOSE_FRAME = 1006;

/**
 * A device's WebSocket after the upgrade. The class has a section for each interface:
 * - `HeartbeatTarget` for the heartbeat,
 * - `Caller` for the methods,
 * - `OpeningOwner` until the device has logged in,
 * - `ReadingOwner` for the reading of messages.
 */
export class WebSocketConnection implements Caller, HeartbeatTarget, OpeningOwner, ReadingOwner {
  readonly context: ConnectionContext;
  readonly origin: Origin;
  readonly subscriptions = new EventSubscriptions();
  loggedIn: LoggedIn | undefined;
  conversation: JsonRpcConversation | undefined;
  readonly sending: Sending;
  readonly #websocket: WebSocket;
  readonly #slot: number;
  readonly #opening: Opening;
  readonly #reading: Reading;
  #ending = false;

  constructor(
    context: ConnectionContext,
    websocket: WebSocket,
    socket: Duplex,
    origin: Origin,
    counted: CountedConnection | undefined,
  ) {
    this.context = context;
    this.#websocket = websocket;
    this.origin = origin;
    this.sending = new Sending(websocket, socket, this);
    this.#opening = new Opening(context, websocket, socket, this, counted);
    this.#reading = new Reading(
      context,
      websocket,
      this,
      this.sending.outbox,
      new Methods(context, this, this.#opening),
    );
    this.#slot = context.heartbeat.add(this);
    websocket.on("error", (error) => this.#failed(error));
    websocket.on("close", (code: number, reason: Buffer) => this.#closed(code, reason));
  }

  get address(): string {
    return this.origin.address;
  }

  // For the endpoint

  /** Further messages wait until the session is open. */
  letIn(device: LetIn): void {
    this.#reading.pauseUntil(this.#opening.letIn(device));
  }

  wait(release: () => void): void {
    this.#opening.wait(release);
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

  // Caller: for the methods

  get closed(): boolean {
    return this.#ending;
  }

  answer(text: string): void {
    this.sending.outbox.send(text);
  }

  // OpeningOwner: until the device has logged in

  get reading(): boolean {
    return !this.#reading.paused;
  }

  admit(device: Authenticated): Promise<void> {
    return this.#opening.admit(device);
  }

  forSession(): DeviceConnection {
    return new SessionConnection(this);
  }

  forDialect(): JsonRpcDialectConnection {
    return new DialectConnection(this);
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
  #failed(error: Error): void {
    if (!isFrameFault(error) || this.#ending) return;
    this.#reading.finish();
    this.session?.connectionEnded("protocol-error", faultText(error, this.context.limits.payloadBytes));
    this.#ending = true;
  }

  #closed(code: number, reason: Buffer): void {
    this.#reading.clearTimer();
    this.#opening.clearTimer();
    this.context.heartbeat.remove(this, this.#slot);
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
        this.context.logger.warn(
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
}
