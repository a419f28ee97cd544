import { shortened } from "@fleetlog/domain";
import type { CommandCancellation, CommandMessage } from "@fleetlog/protocol";
import type { MqttMessage } from "../dialects/index.ts";
import type { Delivery } from "../sessions/index.ts";
import type { HandledConnection } from "./handlers/handler.ts";
import type { Client } from "./session/client.ts";
import { Outbound, type Sent } from "./session/outbound.ts";

export function newOutbound(connection: HandledConnection, client: Client, resumed?: readonly Sent[]): Outbound {
  return new Outbound(
    {
      client,
      send: (bytes) => connection.output.send(bytes),
      written: () => connection.output.written(),
      refused: (command, code, message) => commandRefused(connection, command, code, message),
      roomAgain: () => connection.session?.offerCommands(),
    },
    resumed,
  );
}

export async function deliverCommand(
  connection: HandledConnection,
  message: CommandMessage,
  deliveries: number,
): Promise<Delivery> {
  const { outbound, conversation } = connection;
  if (outbound === undefined || conversation === undefined || connection.closed) return "blocked";
  const publication = conversation.command(message, deliveries);
  if (publication === undefined) return "not-now";
  const qos = connection.subscriptions.qosOf(publication.topic);
  if (qos === undefined) return "blocked";
  const expirySeconds = Math.max(1, Math.ceil((Date.parse(message.deadline) - connection.context.clock()) / 1_000));
  const done = await outbound.publish(message.id, publication, qos, expirySeconds);
  return done ? "delivered" : "blocked";
}

export async function publishCancellation(
  connection: HandledConnection,
  message: CommandCancellation,
): Promise<boolean> {
  const { conversation, subscriptions, outbound } = connection;
  const publication = conversation?.cancelled?.(message);
  const qos = publication === undefined ? undefined : subscriptions.qosOf(publication.topic);
  // The device does not listen to cancellations, or has gone.
  if (publication === undefined || qos === undefined || outbound === undefined || connection.closed) return true;
  return outbound.publish(undefined, publication, qos, undefined);
}

/** @param topic undefined if the dialect has none for such messages */
export async function publishJson(
  connection: HandledConnection,
  topic: string | undefined,
  message: object,
): Promise<boolean> {
  if (topic === undefined || connection.closed) return false;
  return publish(connection, { topic, payload: JSON.stringify(message) });
}

export function publish(connection: HandledConnection, message: MqttMessage): Promise<boolean> {
  const qos = connection.subscriptions.qosOf(message.topic);
  // `outbound` is made at its first use.
  if (qos === undefined || connection.outbound === undefined) return Promise.resolve(false);
  return connection.outbound.publish(undefined, message, qos, undefined);
}

/** Fails the command now instead of at its deadline. */
function commandRefused({ session, context }: HandledConnection, id: string, code: string, message: string): void {
  const result = { id, ok: false, error: { code, message: shortened(message) } } as const;
  session?.report({ kind: "command-result", result }).catch((error: unknown) => {
    context.logger.warn({ err: error, command: id }, "could not record the device's refusal of a command");
  });
}
