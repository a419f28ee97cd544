import type { Duplex } from "node:stream";
import { FleetError } from "@fleetlog/domain";
import type { WebSocket } from "ws";
import type { JsonRpcConversation, JsonRpcDialectConnection } from "../dialects/index.ts";
import { PROVISIONING_JSONRPC, ProvisioningConversation } from "../dialects/provisioning/index.ts";
import type { CountedConnection } from "../net/connection-limit.ts";
import type { ProvisioningDevice } from "../provisioning/index.ts";
import { busy } from "../rpc/upgrade-server.ts";
import type { DeviceConnection } from "../sessions/index.ts";
import type { WaitingConnection } from "../waiting/index.ts";
import { type ConnectionContext, OVER_LIMIT } from "./context.ts";
import { type Authenticated, refusalOf } from "./login.ts";
import { LoginPhase, type LoginPhaseOwner, tryLater } from "./login-phase.ts";
import type { LoggedIn, Opener } from "./methods.ts";

/** A registered device, or a new device with a provisioning credential. The credential is checked. */
export type LetIn = Authenticated | { readonly provisioning: ProvisioningDevice };

/** The connection, as its opening sees it. */
export interface OpeningOwner extends LoginPhaseOwner, WaitingConnection {
  readonly closed: boolean;
  /** Undefined before the log-in. */
  loggedIn: LoggedIn | undefined;
  /** Set before the session is opened, because the session may deliver commands at once. */
  conversation: JsonRpcConversation | undefined;
  /** Makes the connection as the session sees it. */
  forSession(): DeviceConnection;
  /** Makes the connection as the dialect sees it. */
  forDialect(): JsonRpcDialectConnection;
}

/** Opens the session of a device, of a provisioning device, or of a client that waits to be let in. */
export class Opening implements Opener {
  readonly #context: ConnectionContext;
  readonly #owner: OpeningOwner;
  readonly #counted: CountedConnection | undefined;
  #login: LoginPhase | undefined;
  #releaseWaiting: (() => void) | undefined;

  constructor(
    context: ConnectionContext,
    websocket: WebSocket,
    socket: Duplex,
    owner: OpeningOwner,
    counted: CountedConnection | undefined,
  ) {
    this.#context = context;
    this.#owner = owner;
    this.#counted = counted;
    this.#login = new LoginPhase(context, websocket, socket, owner);
  }

  /** Opens the session of a client that has logged in by the upgrade. Closes the connection if that fails. */
  async letIn(device: LetIn): Promise<void> {
    const { login } = "provisioning" in device ? device.provisioning : device.device;
    try {
      await ("provisioning" in device ? this.openProvisioning(device.provisioning) : this.open(device));
    } catch (error) {
      this.#login?.refused(login, refusalOf(error));
      if (!(error instanceof FleetError)) {
        this.#context.logger.warn({ err: error, login }, "could not open a session");
      }
      this.#owner.shut(tryLater("no session could be opened", error));
    }
  }

  async open({ device, proof, dialect }: Authenticated): Promise<void> {
    const owner = this.#owner;
    const replaces = this.#context.sessions.get(device.device) !== undefined;
    if (this.#counted?.enter(replaces) !== true) throw busy(OVER_LIMIT);
    const conversation = dialect.converse(device, owner.forDialect());
    owner.conversation = conversation;
    const session = await this.#context.sessions.open({ device: device.device, proof, connection: owner.forSession() });
    if (owner.closed) {
      session.connectionEnded("lost", "the connection had gone before its session was open");
      throw new FleetError("session-superseded", "the connection has ended");
    }
    this.#begin({ session, dialect, conversation });
    if (conversation.opened !== undefined) setImmediate(() => conversation.opened?.());
  }

  async openProvisioning(device: ProvisioningDevice): Promise<void> {
    const owner = this.#owner;
    const { provisioning } = this.#context;
    if (this.#counted?.enter(false) !== true) throw busy(OVER_LIMIT);
    const conversation = new ProvisioningConversation();
    const session = provisioning.open(device, owner.forSession(), () => Promise.resolve(false));
    conversation.session = session;
    owner.conversation = conversation;
    await provisioning.revalidate(device).catch((error: unknown) => {
      session.connectionEnded();
      throw error;
    });
    if (owner.closed || session.ended) {
      session.connectionEnded();
      throw new FleetError("session-superseded", "the connection has ended");
    }
    this.#begin({ session, dialect: PROVISIONING_JSONRPC, conversation });
  }

  /** The client waits until a person lets it in. Until then its messages stay small. */
  wait(release: () => void): void {
    this.#releaseWaiting = release;
    if (this.#counted?.enter(false) !== true) {
      this.#owner.shut(tryLater(OVER_LIMIT));
      return;
    }
    const waiting = this.#context.waiting.add(this.#owner);
    this.#owner.conversation = waiting.conversation;
    this.#owner.loggedIn = waiting;
    this.#login?.wait();
  }

  /** A person lets the waiting client in as this device. @throws FleetError */
  async admit(device: Authenticated): Promise<void> {
    const waiting = this.#owner.loggedIn;
    try {
      await this.open(device);
    } catch (error) {
      this.#owner.conversation = waiting?.conversation;
      throw error;
    }
    waiting?.session.connectionEnded("device-closed");
    this.#releaseWaiting?.();
  }

  /** A message came before the log-in. */
  message(): void {
    this.#login?.message();
  }

  loginFailed(error: unknown, login: string | undefined): void {
    this.#login?.failed(error, login);
  }

  clearTimer(): void {
    this.#login?.clearTimer();
  }

  #begin(loggedIn: LoggedIn): void {
    this.#owner.loggedIn = loggedIn;
    this.#login?.end();
    this.#login = undefined;
  }
}
