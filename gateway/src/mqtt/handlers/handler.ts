import type { Duplex } from "node:stream";
import type { DirectoryEntry } from "@fleetlog/identity";
import type { Packet } from "mqtt-packet";
import type { AuthorizedMqtt, MqttConversation } from "../../dialects/index.ts";
import type { CountedConnection } from "../../net/connection-limit.ts";
import type { AnySession, DeviceConnection } from "../../sessions/index.ts";
import type { MqttContext } from "../context.ts";
import type { ConnectionEnding } from "../ending.ts";
import type { Output } from "../output.ts";
import type { Client } from "../session/client.ts";
import type { Inbound } from "../session/inbound.ts";
import type { Outbound } from "../session/outbound.ts";
import type { StoredSession } from "../session/store.ts";
import type { TopicSubscriptions } from "../session/subscriptions.ts";
import type { Will } from "../session/wills.ts";

/** The connection, as packet handlers use it. */
export interface HandledConnection extends DeviceConnection {
  /** The TCP or TLS stream that carries MQTT, directly or in a WebSocket. */
  readonly carrier: Duplex;
  readonly context: MqttContext;
  readonly counted: CountedConnection;
  /** Whether the peer uses TLS, to this gateway or to a trusted proxy. */
  readonly encrypted: boolean;
  readonly output: Output;
  readonly inbound: Inbound;
  /** Undefined until CONNECT. */
  client: Client | undefined;
  /** The log-in name, for the list of refused log-ins. */
  login: string | undefined;
  readonly session: AnySession | undefined;
  readonly dialect: AuthorizedMqtt | undefined;
  readonly conversation: MqttConversation | undefined;
  will: Will | undefined;
  readonly subscriptions: TopicSubscriptions;
  /** Undefined until the session is open. */
  readonly outbound: Outbound | undefined;
  /** How long the session outlives this connection, in seconds; DISCONNECT may change it. */
  expirySeconds: number;
  /** Topics by alias, from 1 on [MQTT5 3.3.2.3.4]. */
  aliases: string[] | undefined;
  /** Sends any packet. @throws MqttFault as {@link checkSize} */
  send(packet: Packet): void;
  /** Encodes the packet. @throws MqttFault if it is larger than the client accepts */
  checkSize(packet: Packet): Buffer;
  /** Stops reading from the peer until `release`, for one of the reasons in `HOLD`. */
  hold(why: number): void;
  release(why: number): void;
  /** Call when the device is authenticated: starts the dialect's conversation. */
  useDialect(dialect: AuthorizedMqtt, device: DirectoryEntry): void;
  /**
   * Call when the subscriptions are active: offers open commands and the desired configuration, and informs the dialect.
   * `filters` are those of a SUBSCRIBE; without them, a stored session has been resumed.
   */
  listening(filters?: readonly string[]): void;
  /** Call when the session is open, with the stored session that it resumes. From then on the keep-alive is checked. */
  open(session: AnySession, client: Client, stored: StoredSession | undefined): void;
  /** Sends the rest of publications that an earlier connection has begun. */
  resumePublications(): void;
  /** Stores the session, if it outlives the connection and no newer connection has stored a session. */
  saveSession(): Promise<void>;
  /** Ends the connection; only the first call has an effect. */
  close(ending: ConnectionEnding): void;
  /** Closes the connection after an error of a handler, the guard or the parser. */
  failed(error: unknown): void;
}

/** A connection whose CONNECT was accepted. */
export interface OpenConnection extends HandledConnection {
  readonly client: Client;
  readonly session: AnySession;
  readonly dialect: AuthorizedMqtt;
  readonly conversation: MqttConversation;
  readonly outbound: Outbound;
}

/** Handles one packet. If it returns a promise, the next packet is handled after the promise has settled. */
export type Handler<P extends Packet> = (connection: OpenConnection, packet: P) => Promise<void> | undefined;
