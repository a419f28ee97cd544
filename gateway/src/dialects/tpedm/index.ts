import type { DirectoryEntry } from "@fleetlog/identity";
import type { Dialect } from "../dialect.ts";
import type { MqttDialect } from "../mqtt-dialect.ts";
import { tpedmClients } from "./clients/index.ts";
import { TpedmConversation } from "./conversation.ts";
import { NAME } from "./name.ts";

const mqtt: MqttDialect<TpedmConversation> = {
  publishTopics: [
    {
      topic: "/tpedm/{clientId}/output",
      action: "command.answer",
      read: (payload, _topic, conversation) => conversation.answered(payload),
    },
  ],
  subscribeTopics: [{ topic: "/tpedm/{clientId}/input", action: "command.receive" }],
  converse: (device, connection) => new TpedmConversation(clientIdOf(device), connection),
};

/** ThingsPro Edge Device Management: the device's own REST API is called by messages. */
export const tpedm: Dialect = { name: NAME, mqtt, listener: tpedmClients };

function clientIdOf({ credential, login }: DirectoryEntry): string {
  return credential.by === "names" ? credential.clientId : login;
}
