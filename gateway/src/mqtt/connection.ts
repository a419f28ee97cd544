import type { Duplex } from "node:stream";
import type { DirectoryEntry } from "@fleetlog/identity";
import type { Packet } from "mqtt-packet";
import type { AuthorizedMqtt, MqttConversation } from "../dialects/index.ts";
import type { CountedConnection } from "../net/connection-limit.ts";
import { LOGIN_BYTES } from "../net/login-bytes.ts";
import { type AnySession, type DeviceConnection, DeviceSession } from "../sessions/index.ts";
import type { MqttContext } from "./context.ts";
import { DialectConnection } from "./dialect-connection.ts";
import { dispatch, isReport } from "./dispatch.ts";
import type { ConnectionEnding } from "./ending.ts";
import { closeExpired, closeFailed } from "./failing.ts";
import { Deadline } from "./flow/deadline.ts";
import { HOLD, PacketIntake, type PacketIntakeOwner } from "./flow/intake.ts";
import type { HandledConnection } from "./handlers/handler.ts";
import { encodeFor, Output, type OutputOwner } from "./output.ts";
import { newOutbound } from "./publish.ts";
import { saveOpenSession } from "./save-session.ts";
import type { Client } from "./session/client.ts";
import { type Arrival, Inbound, type InboundOwner } from "./session/inbound.ts";
import type { Outbound, Sent } from "./session/outbound.ts";
import type { StoredSession } from "./session/store.ts";
import { TopicSubscriptions } from "./session/subscriptions.ts";
import type { Will } from "./session/wills.ts";
import { SessionConnection } from "./session-connection.ts";
import type { TransportListener } from "./transport/transport.ts";
import { MqttFault, REASON } from "./wire/reasons.ts";
import { covers } from "./wire/topics.ts";

const CONNECT_BYTES = 8 * 1_024;

/**
 * A device's MQTT connection. The class has a section for each interface:
 * - `TransportListener`,
 * - `HandledConnection` for the packet handlers, and for what the session and the dialect see of the connection,
 * - `PacketIntakeOwner` for the intake, which splits bytes into packets,
 * - `OutputOwner` and `InboundOwner` for the parts with these names.
 */
export class Connection implements HandledConnection, TransportListener, PacketIntakeOwner, OutputOwner, InboundOwner {
  readonly address: string;
  readonly carrier: Duplex;
  readonly context: MqttContext;
  readonly counted: CountedConnection;
  readonly encrypted: boolean;
  readonly output: Output;
  client: Client | undefined;
  login: string | undefined;
  clientId: string | undefined;
  session: AnySession | undefined;
  dialect: AuthorizedMqtt | undefined;
  conversation: MqttConversation | undefined;
  will: Will | undefined;
  subscriptions = new TopicSubscriptions();
  /** Made on first use, because most devices get their first publication late. */
  #outbound: Outbound | undefined;
  revision: number | undefined;
  expirySeconds = 0;
  aliases: string[] | undefined;
  readonly inbound: Inbound;
  readonly #deadline: Deadline;
  readonly #intake = new PacketIntake(this);
  readonly #onGone: (connection: Connection) => void;
  #closed = false;

  constructor(
    context: MqttContext,
    counted: CountedConnection,
    address: string,
    carrier: Duplex,
    encrypted: boolean,
    onGone: (connection: Connection) => void,
  ) {
    this.encrypted = encrypted;
    this.context = context;
    this.counted = counted;
    this.carrier = carrier;
    this.address = address;
    this.#onGone = onGone;
    this.output = new Output(context.flusher, this);
    this.inbound = new Inbound(this);
    this.#deadline = new Deadline(context.limits.loginMs, counted.overLimit);
  }

  get closed(): boolean {
    return this.#closed;
  }

  // TransportListener

  received(chunk: Buffer): void {
    if (!this.#closed) this.#intake.push(chunk);
  }

  drained(): void {
    this.output.drained();
    this.release(HOLD.drain);
  }

  ended(): void {
    // A peer that has gone before its session is open must not replace the device's session.
    if (this.session === undefined) this.close({ reason: "lost", detail: "closed before log-in" });
  }

  gone(detail: string | undefined): void {
    this.close({ reason: "lost", detail: detail ?? "closed by the peer without DISCONNECT" });
    this.output.gone();
    this.#onGone(this);
  }

  // HandledConnection: for the packet handlers

  send(packet: Packet): void {
    this.output.send(encodeFor(this.client, packet));
  }

  hold(why: number): void {
    this.#intake.hold(why);
    if (why === HOLD.drain) this.#deadline.stalled();
    else if (!this.#intake.isHeld(HOLD.drain)) this.#deadline.suspended();
  }

  release(why: number): void {
    if (why === HOLD.drain && this.#intake.isHeld(why) && !this.#closed) this.#deadline.suspended();
    this.#intake.release(why);
  }

  forSession(): DeviceConnection {
    return new SessionConnection(this);
  }

  useDialect(dialect: AuthorizedMqtt, device: DirectoryEntry): void {
    this.dialect = dialect;
    this.conversation = dialect.converse(device, new DialectConnection(this));
  }

  listening(filters?: readonly string[]): void {
    this.session?.offerCommands();
    const topic = this.conversation?.configurationTopic;
    if (topic !== undefined && this.subscriptions.qosOf(topic) !== undefined) {
      if (filters?.some((filter) => covers(filter, topic)) ?? true) this.session?.configurationSubscribed();
    }
    this.conversation?.listening?.();
  }

  open(session: AnySession, client: Client, stored: StoredSession | undefined): void {
    this.session = session;
    this.expirySeconds = client.expirySeconds;
    this.revision = stored?.revision;
    if (stored !== undefined) {
      this.subscriptions = new TopicSubscriptions(stored.record.subscriptions);
      for (const id of stored.record.received) this.inbound.unreleased.add(id);
    }
    if (stored !== undefined) this.#outbound = newOutbound(this, client, stored.record.sent);
  }

  get outbound(): Outbound | undefined {
    if (this.client !== undefined && this.session !== undefined) this.#outbound ??= newOutbound(this, this.client);
    return this.#outbound;
  }

  resumePublications(): void {
    this.#outbound?.resume();
  }

  forget(command: string): void {
    this.#outbound?.forget(command);
    this.conversation?.forget?.(command);
  }

  get sent(): readonly Sent[] {
    return this.#outbound?.sent() ?? [];
  }

  saveSession(): Promise<void> {
    return saveOpenSession(this);
  }

  close(ending: ConnectionEnding): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#intake.clear();
    const { session, client, output } = this;
    if (client?.level === 5 && session !== undefined && ending.code !== undefined) {
      output.disconnect(ending.code, ending.detail, client);
    }
    output.end();
    this.#deadline.closed();
    const { reason } = ending;
    // A peer that kept reading until a loss or protocol error has probably received everything.
    const reached = (reason === "lost" || reason === "protocol-error") && !output.stalled;
    const sent = this.#outbound?.close(reached) ?? [];
    this.conversation?.ended?.();
    if (session === undefined) return;
    session.connectionEnded(ending.reason, ending.detail);
    if (!(session instanceof DeviceSession)) return;
    const { expirySeconds, subscriptions, inbound, revision } = this;
    const will = ending.dropWill === true ? undefined : this.will;
    this.context.endings.add({ session, reason, expirySeconds, subscriptions, inbound, sent, revision, will });
  }

  failed(error: unknown): void {
    if (!this.#closed) closeFailed(this, error);
  }

  // OutputOwner and InboundOwner

  outputFull(): void {
    this.hold(HOLD.drain);
  }

  acknowledge(arrival: Arrival, code: number, text: string | undefined): void {
    this.output.sendAcknowledgement(arrival, code, text, this.client);
  }

  // PacketIntakeOwner: for the intake

  get opening(): boolean {
    return this.session === undefined;
  }

  get limit(): number {
    return this.session === undefined ? CONNECT_BYTES : this.context.limits.payloadBytes;
  }

  get level(): number {
    return this.client?.level ?? 0;
  }

  admits(packet: Buffer): boolean {
    const { logBackpressure } = this.context;
    if (!isReport(packet) || !logBackpressure.active) return true;
    this.hold(HOLD.log);
    logBackpressure.wait(() => this.release(HOLD.log));
    return false;
  }

  handle(packet: Buffer): Promise<void> | undefined {
    const handled = dispatch(this, packet);
    // While a handler waits, no packet is read. `alive` sets the deadline again.
    if (handled !== undefined) {
      if (this.session === undefined) this.#deadline.opening();
      else this.#deadline.suspended();
    }
    return handled;
  }

  read(reading: boolean): void {
    if (reading) this.output.transport?.resume();
    else this.output.transport?.pause();
  }

  alive(): void {
    if (this.session !== undefined) this.#deadline.keepAlive(this.client?.keepAliveSeconds ?? 0);
  }

  // For the endpoint

  tooLarge(): void {
    this.failed(new MqttFault(REASON.packetTooLarge, `more than ${LOGIN_BYTES} bytes came without CONNECT`));
    this.output.transport?.destroy();
  }

  // For the sweep

  get deadline(): number {
    return this.#deadline.at;
  }

  expire(): void {
    if (this.#closed) this.output.transport?.destroy();
    else closeExpired(this, this.#intake.isHeld(HOLD.drain));
  }
}
