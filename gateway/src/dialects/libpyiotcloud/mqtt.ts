import type { DirectoryEntry } from "@fleetlog/identity";
import { type CommandMessage, CommandResultPayload, checker } from "@fleetlog/protocol";
import Type from "typebox";
import type {
  MqttConversation,
  MqttDialect,
  MqttDialectConnection,
  MqttMessage,
  MqttOrigin,
  PublishTopic,
} from "../mqtt-dialect.ts";
import { accepted, json } from "../payload.ts";
import { Calls } from "./calls.ts";

const LONGEST_MESSAGE = 4_096;

const checkResult = checker(CommandResultPayload, "payload");
const checkNotification = checker(
  Type.Object({
    recipient: Type.String({ minLength: 1, maxLength: 320 }),
    message: Type.String({ minLength: 1, maxLength: LONGEST_MESSAGE }),
  }),
  "payload",
);

/** Sends commands as calls to `<id>/<api>`. The device answers on `server/<id>/<api>`. */
export class LibpyiotcloudConversation implements MqttConversation {
  readonly names: { readonly clientId: string };
  readonly calls = new Calls();
  readonly #connection: Pick<MqttDialectConnection, "offerCommands">;

  constructor({ device }: Pick<DirectoryEntry, "device">, connection: Pick<MqttDialectConnection, "offerCommands">) {
    this.names = { clientId: device };
    this.#connection = connection;
  }

  command(message: CommandMessage, deliveries: number): MqttMessage | undefined {
    if (!this.calls.begin(message, deliveries)) return undefined;
    return { topic: `${this.names.clientId}/${message.name}`, payload: JSON.stringify(message.params ?? {}) };
  }

  forget(command: string): void {
    if (this.calls.forget(command)) this.#connection.offerCommands();
  }
}

/** An email or SMS that a device sends: by itself, or as the answer to a call. */
function notification(topic: string): PublishTopic<LibpyiotcloudConversation> {
  return {
    topic: `server/{clientId}/${topic}`,
    action: "message.send",
    read(payload, _topic, { calls }, origin) {
      const value = json(payload);
      const { recipient, message: text } = accepted(checkNotification(value));
      const command = calls.answered(topic, value);
      const answers = command === undefined ? undefined : { command, result: value };
      return { kind: "message", message: { recipient, text, publication: publicationOf(origin), answers } };
    },
  };
}

const publishTopics: readonly PublishTopic<LibpyiotcloudConversation>[] = [
  notification("trigger_notification"),
  notification("trigger_notifications"),
  {
    topic: "server/{clientId}/+",
    action: "command.answer",
    read(payload, topic, { calls }) {
      const result = json(payload);
      const id = calls.mustBeAnswered(topic.slice(topic.lastIndexOf("/") + 1), result);
      return { kind: "command-result", result: { ...accepted(checkResult({ ok: true, result })), id } };
    },
  },
];

export const libpyiotcloudMqtt: MqttDialect<LibpyiotcloudConversation> = {
  publishTopics,
  subscribeTopics: [{ topic: "{clientId}/#", action: "command.receive" }],
  converse: (device, connection) => new LibpyiotcloudConversation(device, connection),
};

function publicationOf(origin: MqttOrigin | undefined) {
  if (origin?.messageId === undefined) return undefined;
  return { packetId: origin.messageId, isRepeated: origin.dup };
}
