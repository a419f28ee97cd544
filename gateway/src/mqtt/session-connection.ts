import type { CloseReason } from "@fleetlog/domain";
import type { CertificateMessage, CommandCancellation, CommandMessage, ConfigurationMessage } from "@fleetlog/protocol";
import { END_CODES } from "../net/refusing/end-codes.ts";
import type { Delivery, DeviceConnection } from "../sessions/index.ts";
import type { HandledConnection } from "./handlers/handler.ts";
import { publishIfSubscribed } from "./publish.ts";
import { versionName } from "./session/client.ts";

/** An MQTT connection for the session of its device. */
export class SessionConnection implements DeviceConnection {
  readonly protocol = "mqtt";
  readonly #connection: HandledConnection;

  constructor(connection: HandledConnection) {
    this.#connection = connection;
  }

  get version(): string {
    return versionName(this.#connection.client?.level ?? 4);
  }

  get address(): string {
    return this.#connection.address;
  }

  get keepAliveSeconds(): number {
    return this.#connection.client?.keepAliveSeconds ?? 0;
  }

  get closed(): boolean {
    return this.#connection.closed;
  }

  async deliver(message: CommandMessage, deliveries: number): Promise<Delivery> {
    const { outbound, conversation, subscriptions, context, closed } = this.#connection;
    if (outbound === undefined || conversation === undefined || closed) return "blocked";
    const publication = conversation.command(message, deliveries);
    if (publication === undefined) return "not-now";
    const qos = subscriptions.qosOf(publication.topic);
    if (qos === undefined) return "blocked";
    const expirySeconds = Math.max(1, Math.ceil((Date.parse(message.deadline) - context.clock()) / 1_000));
    const done = await outbound.publish(message.id, publication, qos, expirySeconds);
    return done ? "delivered" : "blocked";
  }

  async cancel(message: CommandCancellation): Promise<boolean> {
    const { conversation, subscriptions, outbound, closed } = this.#connection;
    const publication = conversation?.cancelled?.(message);
    const qos = publication === undefined ? undefined : subscriptions.qosOf(publication.topic);
    // If the device does not subscribe to cancellations, or has gone, there is nothing to send.
    if (publication === undefined || qos === undefined || outbound === undefined || closed) return true;
    return outbound.publish(undefined, publication, qos, undefined);
  }

  configure(message: ConfigurationMessage): Promise<boolean> {
    return this.#publishJson(this.#connection.conversation?.configurationTopic, message);
  }

  certificate(message: CertificateMessage): Promise<boolean> {
    return this.#publishJson(this.#connection.conversation?.certificateTopic, message);
  }

  forget(command: string): void {
    this.#connection.forget(command);
  }

  end(reason: CloseReason, detail?: string): void {
    this.#connection.close({ reason, detail, code: END_CODES[reason].reasonCode });
  }

  /** @param topic undefined if the dialect has none for such messages */
  async #publishJson(topic: string | undefined, message: object): Promise<boolean> {
    if (topic === undefined || this.#connection.closed) return false;
    return publishIfSubscribed(this.#connection, { topic, payload: JSON.stringify(message) });
  }
}
