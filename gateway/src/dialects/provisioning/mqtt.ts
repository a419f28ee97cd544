import { isUtf8 } from "node:buffer";
import { FleetError, invalid } from "@fleetlog/domain";
import { checker, PROVISION_TOPICS, ProvisionAsk, ProvisionProgress } from "@fleetlog/protocol";
import type { MqttConversation, MqttDialect, PublishTopic } from "../mqtt-dialect.ts";
import { accepted } from "../payload.ts";

const checkAsk = checker(ProvisionAsk, "payload");
const checkProgress = checker(ProvisionProgress, "payload");

const publishTopics: readonly PublishTopic<MqttConversation>[] = [
  {
    topic: PROVISION_TOPICS.request,
    action: "provision.ask",
    read: (payload) => ({ kind: "provision-ask", ask: accepted(checkAsk(json(payload))) }),
  },
  {
    topic: PROVISION_TOPICS.progress,
    action: "provision.progress",
    read: (payload) => ({ kind: "provision-progress", progress: accepted(checkProgress(json(payload))) }),
  },
];

const conversation: MqttConversation = {
  command: () => undefined,
};

export const provisioningMqtt: MqttDialect = {
  publishTopics,
  subscribeTopics: [{ topic: PROVISION_TOPICS.reply, action: "provision.receive" }],
  converse: () => conversation,
};

function json(payload: Buffer): unknown {
  if (!isUtf8(payload)) throw invalid("payload", "payload is not UTF-8");
  try {
    return JSON.parse(payload.toString("utf8"));
  } catch (cause) {
    throw new FleetError("invalid-request", "payload is not JSON", { field: "payload", cause });
  }
}
