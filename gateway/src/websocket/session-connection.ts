import type { CloseReason } from "@fleetlog/domain";
import type { CommandCancellation, CommandMessage, ConfigurationMessage } from "@fleetlog/protocol";
import type { JsonRpcConversation } from "../dialects/index.ts";
import { CLOSE, END_CODES } from "../net/refusing/end-codes.ts";
import { seconds } from "../net/refusing/retry-after.ts";
import type { Close } from "../rpc/closing.ts";
import type { Delivery, DeviceConnection } from "../sessions/index.ts";
import type { ConnectionContext } from "./context.ts";
import { tryLater } from "./login-phase.ts";
import type { Sending } from "./sending.ts";

/** How long a peer may take to answer a ping. */
const ALIVE_MS = 3_000;

/** The connection, as its session's side sees it. */
export interface SessionConnectionOwner {
  readonly address: string;
  readonly closed: boolean;
  readonly context: ConnectionContext;
  readonly conversation: JsonRpcConversation | undefined;
  readonly subscriptions: { has(event: string): boolean };
  readonly sending: Sending;
  /** Closes the connection. Only the first call has an effect. */
  shut(close: Close): void;
}

/** A WebSocket connection for the session of its device. */
export class SessionConnection implements DeviceConnection {
  readonly #owner: SessionConnectionOwner;

  constructor(owner: SessionConnectionOwner) {
    this.#owner = owner;
  }

  get protocol() {
    return "websocket" as const;
  }

  get version() {
    return "JSON-RPC";
  }

  get address(): string {
    return this.#owner.address;
  }

  get keepAliveSeconds(): number {
    return seconds(this.#owner.context.limits.pingMs);
  }

  get closed(): boolean {
    return this.#owner.closed;
  }

  async deliver(command: CommandMessage, deliveries: number): Promise<Delivery> {
    const { conversation, sending } = this.#owner;
    if (conversation === undefined || !sending.hasRoom()) return "blocked";
    const events = conversation.command(command, deliveries);
    if (events === undefined) return "not-now";
    const sent = await Promise.all(events.map((event) => sending.event(event)));
    return sent.every(Boolean) ? "delivered" : "blocked";
  }

  async cancel(message: CommandCancellation): Promise<boolean> {
    const { conversation, sending } = this.#owner;
    const event = conversation?.cancelled?.(message);
    // The session ends with its connection, so nothing has to be sent later.
    if (event === undefined || !sending.open) return true;
    return sending.hasRoom() && sending.event(event);
  }

  async configure(message: ConfigurationMessage): Promise<boolean> {
    const { conversation, subscriptions, sending } = this.#owner;
    const name = conversation?.configurationEvent;
    if (name === undefined || !subscriptions.has(name) || !sending.hasRoom()) return false;
    return sending.event({ name, params: JSON.stringify(message) });
  }

  forget(command: string): void {
    this.#owner.conversation?.forget?.(command);
  }

  isAlive(): Promise<boolean> {
    return this.#owner.closed ? Promise.resolve(false) : this.#owner.sending.ping(ALIVE_MS);
  }

  end(reason: CloseReason, detail?: string): void {
    const { closeCode: code, text } = END_CODES[reason];
    const close = { code, text: detail ?? text };
    this.#owner.shut(code === CLOSE.tryLater ? tryLater(close.text) : close);
  }
}
