import type { Duplex } from "node:stream";
import type { DirectoryEntry } from "@fleetlog/identity";
import type { Packet } from "mqtt-packet";
import type { AuthorizedMqtt, MqttConversation } from "../../dialects/index.ts";
import type { CountedConnection } from "../../net/connection-limit.ts";
import type { DeviceConnection, DeviceReports, DeviceSession } from "../../sessions/index.ts";
import type { MqttContext } from "../context.ts";
import type { Ending } from "../ending.ts";
import type { Output } from "../output.ts";
import type { Client } from "../session/client.ts";
import type { Inbound } from "../session/inbound.ts";
import type { Outbound } from "../session/outbound.ts";
import type { StoredSession } from "../session/store.ts";
import type { TopicSubscriptions } from "../session/subscriptions.ts";
import type { Will } from "../session/wills.ts";

/** A connection as its handlers see it. */
export interface HandledConnection extends DeviceConnection {
  /** The stream below it: TCP or TLS, also of a WebSocket. */
  readonly carrier: Duplex;
  readonly context: MqttContext;
  readonly counted: CountedConnection;
  readonly output: Output;
  readonly inbound: Inbound;
  /** Set by CONNECT. */
  client: Client | undefined;
  /** The name that it logs in with, for refusals and logs. */
  login: string | undefined;
  readonly session: DeviceSession | undefined;
  readonly dialect: AuthorizedMqtt | undefined;
  readonly conversation: MqttConversation | undefined;
  will: Will | undefined;
  readonly subscriptions: TopicSubscriptions;
  readonly outbound: Outbound | undefined;
  /** How long the session outlives this connection, in seconds; DISCONNECT may change it. */
  expirySeconds: number;
  /** Topics by alias, from 1 on [MQTT5 3.3.2.3.4]. */
  aliases: string[] | undefined;
  /** Reports that were not accepted. */
  refusals: number;
  /** Sends any packet. @throws MqttFault as {@link checkSize} */
  send(packet: Packet): void;
  /** Its bytes. @throws MqttFault where the client takes no packet of that size: it would wait for it for ever */
  checkSize(packet: Packet): Buffer;
  /** Reads nothing more from the peer until it is released. */
  hold(why: number): void;
  release(why: number): void;
  /** The device is authenticated: from now on its messages are read by this dialect. */
  useDialect(dialect: AuthorizedMqtt, device: DirectoryEntry): void;
  /** What a message says. @throws FleetError `forbidden` for a topic that is not the device's, `invalid-request` */
  readReports(topic: string, payload: Buffer): DeviceReports;
  /** The device can receive what it has subscribed to. */
  listening(): void;
  /** The session is open: from now on the keep-alive counts. */
  open(session: DeviceSession, client: Client, kept: StoredSession | undefined): void;
  /** Stores what outlives this connection, unless a newer connection has. */
  saveSession(): Promise<void>;
  /** Ends the connection; only the first call has an effect. */
  close(ending: Ending): void;
  /** Closes for what a handler, the guard or the parser threw. */
  failed(error: unknown): void;
}

/** A connection whose CONNECT was accepted. */
export interface OpenConnection extends HandledConnection {
  readonly client: Client;
  readonly session: DeviceSession;
  readonly dialect: AuthorizedMqtt;
  readonly conversation: MqttConversation;
  readonly outbound: Outbound;
}

/** Handles one packet; nothing more is read from the peer until the promise, where there is one, has settled. */
export type Handler<P extends Packet> = (connection: OpenConnection, packet: P) => Promise<void> | undefined;
