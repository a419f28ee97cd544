import { checker, PROVISION_TOPICS, ProvisionAsk, ProvisionProgress } from "@fleetlog/protocol";
import type { MqttConversation, MqttDialect, PublishTopic } from "../mqtt-dialect.ts";
import { accepted, json, orRefusal } from "../payload.ts";

const checkAsk = checker(ProvisionAsk, "payload");
const checkProgress = checker(ProvisionProgress, "payload");

const publishTopics: readonly PublishTopic<MqttConversation>[] = [
  {
    topic: PROVISION_TOPICS.request,
    action: "provision.ask",
    read: (payload) => ({ kind: "provision-ask", ask: orRefusal(() => accepted(checkAsk(json(payload)))) }),
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
