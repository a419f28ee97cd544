import type { DirectoryEntry } from "@fleetlog/identity";
import type { CommandCancellation, CommandMessage } from "@fleetlog/protocol";
import type { DeviceReports } from "../sessions/index.ts";
import type { TopicDefinition, TopicNames } from "./topic-table.ts";

/** Topic and payload of one MQTT message. */
export interface MqttMessage {
  readonly topic: string;
  readonly payload: string | Buffer;
}

/** Defines a topic, or a pattern of topics, on which devices publish. */
export interface PublishTopic<C> extends TopicDefinition {
  /**
   * Reads a message that was published on this topic, or a last will that names this topic. The payload is a view of
   * the socket's buffer: copy whatever must outlive the call.
   * @throws FleetError `invalid-request` that names the wrong field of the payload, or the topic
   */
  read(payload: Buffer, topic: string, conversation: C): DeviceReports;
}

/** Defines what devices may subscribe to: this topic or, if it ends with `#`, any filter below it. */
export type SubscribeTopic = TopicDefinition;

/** The topics and payloads of one kind of device. */
export interface MqttDialect<C extends MqttConversation = MqttConversation> {
  readonly publishTopics: readonly PublishTopic<C>[];
  readonly subscribeTopics: readonly SubscribeTopic[];
  /**
   * Called once the device is authenticated. May return the same object each time if the dialect keeps no state per
   * connection.
   */
  converse(device: DirectoryEntry, connection: MqttDialectConnection): C;
}

/** A dialect's state for one connection, and the callbacks of that connection. They must not throw. */
export interface MqttConversation {
  /** The values that replace `{name}` in the dialect's topics. */
  readonly names?: TopicNames;
  /**
   * Returns the message to send for the command. Returns undefined if the command can't be sent now, for example
   * because a similar command is still running. After undefined, the command is offered again at {@link
   * MqttDialectConnection.offerCommands}. If a message was returned but could not be sent, or the device did not
   * acknowledge it, the gateway calls `command` again for it.
   */
  command(message: CommandMessage): MqttMessage | undefined;
  /** Returns the message that tells the device to stop a command; undefined if the dialect has none. */
  cancelled?(message: CommandCancellation): MqttMessage | undefined;
  /** The topic of the desired configuration; absent if the dialect has none. */
  readonly configurationTopic?: string;
  /** The topic of renewed certificates; absent if the dialect has none. */
  readonly certificateTopic?: string;
  /** Called when the command has ended, for whatever reason. */
  forget?(command: string): void;
  /** Called when the subscriptions are active: after the CONNACK of a stored session, and after each SUBACK. */
  listening?(): void;
  /** Called once, when the connection has ended. */
  ended?(): void;
}

/** The part of the gateway's connection to a device that its dialect uses. */
export interface MqttDialectConnection {
  /**
   * Sends a message that is not a command, with the QoS of the device's subscription. The message is dropped when the
   * connection ends. Resolves true once the device has acknowledged the message, with QoS 0 once it is written.
   * Resolves false if the message can't be sent.
   */
  publish(message: MqttMessage): Promise<boolean>;
  /** Offers again the commands for which `command` returned undefined. */
  offerCommands(): void;
}
