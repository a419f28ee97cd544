import { shortened } from "@fleetlog/domain";
import type { MqttMessage } from "../dialects/index.ts";
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

/** Resolves with false if the device does not subscribe to the topic, or has not received the message. */
export function publishIfSubscribed(connection: HandledConnection, message: MqttMessage): Promise<boolean> {
  const qos = connection.subscriptions.qosOf(message.topic);
  // The first read of `outbound` makes it, so it is read only if the device subscribes to the topic.
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
