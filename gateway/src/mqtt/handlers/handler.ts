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

/** The connection as packet handlers see it. What its session and its dialect see of it is made from this. */
export interface HandledConnection {
  /** `host:port` of the peer. */
  readonly address: string;
  readonly closed: boolean;
  /** The TCP or TLS stream below MQTT or the WebSocket. */
  readonly carrier: Duplex;
  readonly context: MqttContext;
  readonly counted: CountedConnection;
  /** Whether the peer uses TLS, to this gateway or to a trusted proxy. */
  readonly encrypted: boolean;
  readonly output: Output;
  readonly inbound: Inbound;
  /** Undefined before CONNECT. */
  client: Client | undefined;
  login: string | undefined;
  /** As the client sent it, if it is not the login. */
  clientId: string | undefined;
  readonly session: AnySession | undefined;
  readonly dialect: AuthorizedMqtt | undefined;
  readonly conversation: MqttConversation | undefined;
  will: Will | undefined;
  readonly subscriptions: TopicSubscriptions;
  readonly outbound: Outbound | undefined;
  /** How long the session outlives the connection. DISCONNECT may change it. */
  expirySeconds: number;
  /** Topics by alias, from 1 [MQTT5 3.3.2.3.4]. */
  aliases: string[] | undefined;
  /** @throws MqttFault if the client accepts only smaller packets */
  send(packet: Packet): void;
  hold(why: number): void;
  release(why: number): void;
  /** Makes the connection as the session sees it. */
  forSession(): DeviceConnection;
  useDialect(dialect: AuthorizedMqtt, device: DirectoryEntry): void;
  /**
   * Subscriptions are active: offers open commands and the desired configuration.
   * @param filters of SUBSCRIBE; undefined for a resumed session
   */
  listening(filters?: readonly string[]): void;
  /** The keep-alive is checked from now on. @param stored the session that is resumed */
  open(session: AnySession, client: Client, stored: StoredSession | undefined): void;
  resumePublications(): void;
  /** The command has its outcome: it is not published again. */
  forget(command: string): void;
  /** Stores the session, if it outlives the connection and no newer connection has stored one. */
  saveSession(): Promise<void>;
  /** Closes the connection. Only the first call has an effect. */
  close(ending: ConnectionEnding): void;
  failed(error: unknown): void;
}

/** A connection after CONNECT. */
export interface OpenConnection extends HandledConnection {
  readonly client: Client;
  readonly session: AnySession;
  readonly dialect: AuthorizedMqtt;
  readonly conversation: MqttConversation;
  readonly outbound: Outbound;
}

/** Handles one packet. If a promise is returned, the next packet of the connection waits for it. */
export type Handler<P extends Packet> = (connection: OpenConnection, packet: P) => Promise<void> | undefined;
