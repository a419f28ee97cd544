import type { DirectoryEntry } from "@fleetlog/identity";
import type { CommandMessage } from "@fleetlog/protocol";
import type { DeviceReports } from "../sessions/index.ts";
import type { TopicDefinition, TopicNames } from "./topic-table.ts";

/** Topic and payload of one MQTT message. */
export interface MqttMessage {
  readonly topic: string;
  readonly payload: string | Buffer;
}

/** A topic, or a family of them, that devices publish on. */
export interface MqttPublication<C> extends TopicDefinition {
  /**
   * What a message on it says; also what a will says. The payload is a part of the socket's buffer: copy what is kept.
   * @throws FleetError `invalid-request` naming the field that is wrong in the payload or the topic, `forbidden`
   */
  read(payload: Buffer, topic: string, conversation: C): DeviceReports;
}

/** What devices may subscribe to: this topic or, where it ends with `#`, any filter below it. */
export type MqttSubscription = TopicDefinition;

/** Conventions of topics and payloads of one kind of device. */
export interface MqttDialect<C extends MqttConversation = MqttConversation> {
  readonly publications: readonly MqttPublication<C>[];
  readonly subscriptions: readonly MqttSubscription[];
  /** Called once the device is authenticated; may return one object for all where there is nothing to remember. */
  converse(device: DirectoryEntry, peer: MqttPeer): C;
}

/** What a dialect remembers of one connection, and how it speaks to the device. None of this throws. */
export interface MqttConversation {
  /** What stands for `{name}` in the dialect's topics. */
  readonly names?: TopicNames;
  /**
   * How the command is sent. Undefined: not now, for example while the device is still busy with a like one; it stays due
   * until {@link MqttPeer.offerCommands}. Called again for a command that could not be sent, or was not acknowledged.
   */
  command(message: CommandMessage): MqttMessage | undefined;
  /** The command has ended, whoever ended it. */
  forget?(command: string): void;
  /** The device hears what it has subscribed to: after CONNACK of a kept session, and after each SUBACK. */
  listening?(): void;
  /** The connection has ended. Called once. */
  ended?(): void;
}

/** The connection, as far as a dialect uses it. */
export interface MqttPeer {
  /**
   * Sends a message that is no command, with the QoS of the device's subscription; forgotten when the connection ends.
   * Resolves true once the device has it, false if it can't be sent.
   */
  publish(message: MqttMessage): Promise<boolean>;
  /** Commands that were not to be sent may be sent now. */
  offerCommands(): void;
}
