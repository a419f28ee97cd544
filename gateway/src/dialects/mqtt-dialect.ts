import type { Download } from "@fleetlog/fleet";
import type { DirectoryEntry } from "@fleetlog/identity";
import type { CommandCancellation, CommandMessage } from "@fleetlog/protocol";
import type { ArtifactVersion, DeviceReports } from "../sessions/index.ts";
import type { TopicDefinition, TopicNames } from "./topic-table.ts";

export interface MqttMessage {
  readonly topic: string;
  readonly payload: string | Buffer;
}

/** How the device sent a message. */
export interface MqttOrigin {
  readonly qos: 0 | 1 | 2;
  /** Whether the device says that it may have sent the message before. */
  readonly dup: boolean;
  /** Undefined for QoS 0. */
  readonly messageId?: number | undefined;
}

/** A topic or topic pattern on which devices publish. */
export interface PublishTopic<C> extends TopicDefinition {
  /**
   * Reads a message or last will on this topic. `payload` is part of the socket's buffer, so copy it to keep it.
   * @param origin absent for a last will
   * @throws FleetError `invalid-request` with the name of the payload's invalid field, or `topic`
   */
  read(payload: Buffer, topic: string, conversation: C, origin?: MqttOrigin): DeviceReports;
}

/** A topic to which devices may subscribe. If it ends with `#`, devices may also subscribe to narrower filters. */
export type SubscribeTopic = TopicDefinition;

export interface MqttDialect<C extends MqttConversation = MqttConversation> {
  readonly publishTopics: readonly PublishTopic<C>[];
  readonly subscribeTopics: readonly SubscribeTopic[];
  converse(device: DirectoryEntry, connection: MqttDialectConnection): C;
}

/** A dialect's state and callbacks for one connection. Callbacks must not throw. */
export interface MqttConversation {
  /** Values that replace `{name}` in topics. */
  readonly names?: TopicNames;
  /**
   * The message to send now. Undefined if the command must wait, for example because a similar command is running.
   * {@link MqttDialectConnection.offerCommands} calls this method again.
   * @param deliveries how often the command was delivered in earlier sessions
   */
  command(message: CommandMessage, deliveries: number): MqttMessage | undefined;
  cancelled?(message: CommandCancellation): MqttMessage | undefined;
  readonly configurationTopic?: string;
  readonly certificateTopic?: string;
  forget?(command: string): void;
  /** Subscriptions are active: after CONNACK with a stored session, and after each SUBACK. */
  listening?(): void;
  ended?(): void;
}

/** The connection, as a dialect sees it. */
export interface MqttDialectConnection {
  /** The time in milliseconds. */
  readonly clock: () => number;
  /**
   * Sends a message that is no command. Resolves with true when the device has acknowledged it (QoS 0: when it is
   * written).
   */
  publish(message: MqttMessage): Promise<boolean>;
  /** Appends reports that are in no message of the device. Rejects with the FleetErrors of `DeviceSession.report`. */
  report(reports: DeviceReports): Promise<number>;
  offerCommands(): void;
  /**
   * Adds a subscription that the device has not requested. Returns false while the session is not open.
   * @param filter one of the dialect's topics
   */
  subscribe(filter: string, qos: 0 | 1 | 2): boolean;
  /**
   * A link by which the device downloads an artifact of its account. Rejects with the FleetErrors of `deviceDownload`.
   */
  downloadOf(artifact: ArtifactVersion): Promise<Download>;
  /** Counts further bytes against the limits of bytes, such as the bytes that decompression adds. */
  countBytes(bytes: number): void;
}
