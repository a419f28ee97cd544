import type { CommandMessage, CommandResult, EventReport, Profile, Telemetry } from "@fleetlog/protocol";

/** What a device can say, in the domain's terms, whatever its dialect. */
export type DeviceReport =
  | { readonly kind: "telemetry"; readonly items: readonly Telemetry[] }
  | { readonly kind: "profile"; readonly profile: Profile }
  | { readonly kind: "event"; readonly report: EventReport }
  | { readonly kind: "command-result"; readonly result: CommandResult };

/** How an MQTT client introduces itself in CONNECT. */
export interface MqttIntroduction {
  readonly clientId: string;
  readonly userName: string | undefined;
  readonly password: string | undefined;
  /** The device that its certificate names, where it showed a trusted one. */
  readonly certified: string | undefined;
}

/** Who a client says it is, and what it shows for it; whether that is so is checked elsewhere. */
export interface Claim {
  readonly device: string;
  /** Undefined only where its certificate speaks for it. */
  readonly token: string | undefined;
}

/** Topic and payload of one MQTT message. */
export interface MqttMessage {
  readonly topic: string;
  readonly payload: string | Buffer;
}

/** Conventions of topics and payloads of one kind of device over MQTT. Picked per connection, at CONNECT. */
export interface MqttDialect {
  readonly name: string;
  /** Whether a client that introduces itself so speaks this dialect. The first of the list that says yes has it. */
  recognises(client: MqttIntroduction): boolean;
  /**
   * @throws FleetError `invalid-request` naming `clientId` or `userName`, `unauthenticated` if something is missing,
   * `forbidden` for another name than the certificate's
   */
  identify(client: MqttIntroduction): Claim;
  /** The conversation of one connection; one object for all where the dialect has nothing to remember. */
  converse(device: string): MqttConversation;
}

/** What one device may say and hear. Topics and filters come in valid form. */
export interface MqttConversation {
  /** Whether the device may subscribe to it. The answer holds for as long as the session. */
  mayRead(filter: string): boolean;
  /**
   * What the device says, or wants said as its will.
   * @throws FleetError `forbidden` for a topic that is not the device's, `invalid-request` naming the field that is
   * wrong in the payload or the topic
   */
  read(topic: string, payload: Buffer): DeviceReport;
  command(message: CommandMessage): MqttMessage;
}
