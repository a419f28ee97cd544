import type { CommandCancellation, CommandMessage, ConfigurationMessage } from "@fleetlog/protocol";
import type { JsonRpcConversation, JsonRpcEvent } from "../dialects/index.ts";
import type { Delivery } from "../sessions/index.ts";

/** The connection, as messages to the device see it. */
export interface SendingConnection {
  /** Undefined before the log-in. */
  readonly conversation: JsonRpcConversation | undefined;
  readonly subscriptions: { has(event: string): boolean };
  readonly canSend: boolean;
  readonly outboxFull: boolean;
  /** Offers waiting messages to the device when the outbox has room again. */
  offerWhenDrained(): void;
  /** Resolves with true when the operating system has accepted the event, false if it can't be sent. */
  sendEvent(event: JsonRpcEvent): Promise<boolean>;
}

/** @param deliveries how often the command was delivered in earlier sessions */
export async function deliverCommand(
  connection: SendingConnection,
  command: CommandMessage,
  deliveries: number,
): Promise<Delivery> {
  const { conversation } = connection;
  if (conversation === undefined || !hasRoom(connection)) return "blocked";
  const events = conversation.command(command, deliveries);
  if (events === undefined) return "not-now";
  const sent = await Promise.all(events.map((event) => connection.sendEvent(event)));
  return sent.every(Boolean) ? "delivered" : "blocked";
}

/** Resolves with false if the device must be told again. */
export async function sendCancellation(connection: SendingConnection, message: CommandCancellation): Promise<boolean> {
  const event = connection.conversation?.cancelled?.(message);
  // The session ends with its connection, so nothing has to be sent later.
  if (event === undefined || !connection.canSend) return true;
  return hasRoom(connection) && connection.sendEvent(event);
}

/** Resolves with false if the device has not subscribed, or can't be sent the message now. */
export async function sendConfiguration(
  connection: SendingConnection,
  message: ConfigurationMessage,
): Promise<boolean> {
  const name = connection.conversation?.configurationEvent;
  if (name === undefined || !connection.subscriptions.has(name) || !hasRoom(connection)) return false;
  return connection.sendEvent({ name, params: JSON.stringify(message) });
}

function hasRoom(connection: SendingConnection): boolean {
  if (!connection.canSend) return false;
  if (connection.outboxFull) connection.offerWhenDrained();
  return !connection.outboxFull;
}
