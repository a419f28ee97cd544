import { FleetError, invalid, shortened } from "@fleetlog/domain";
import { NAME_PATTERN } from "@fleetlog/protocol";
import type { PublishTopic, SubscribeTopic } from "../mqtt-dialect.ts";
import type { KuraConversation } from "./conversation.ts";
import { MAX_EXPANDED_REPLY_BYTES } from "./payload/codec.ts";
import { contentOf, eventOf, telemetryOf } from "./reports/telemetry.ts";

const CONTROL = "$EDC/{account}/{clientId}";
const REPLIES = "$EDC/{account}/{requester}";
const eventName = new RegExp(NAME_PATTERN);

export const publishTopics: readonly PublishTopic<KuraConversation>[] = [
  {
    topic: `${CONTROL}/MQTT/BIRTH`,
    action: "profile.report",
    read: (payload, _topic, conversation) => conversation.born(conversation.read(payload), true),
  },
  {
    topic: `${CONTROL}/MQTT/APPS`,
    action: "profile.report",
    read: (payload, _topic, conversation) => conversation.born(conversation.read(payload), false),
  },
  { topic: `${CONTROL}/MQTT/DC`, action: "event.report", read: lifecycle("disconnect") },
  { topic: `${CONTROL}/MQTT/LWT`, action: "event.report", read: lifecycle("will") },
  {
    topic: `${REPLIES}/+/REPLY/+`,
    action: "command.answer",
    read(payload, topic, conversation) {
      const [, , , app = "", , id = ""] = topic.split("/");
      return conversation.replied(app, id, conversation.read(payload, MAX_EXPANDED_REPLY_BYTES));
    },
  },
  {
    topic: `${REPLIES}/DEPLOY-V2/NOTIFY/{clientId}/+`,
    action: "command.progress",
    read(payload, topic, conversation) {
      return conversation.notified(topic.split("/")[6] ?? "", conversation.read(payload));
    },
  },
  // What an application of the device publishes on the control topics, such as an alert.
  {
    topic: `${CONTROL}/#`,
    action: "event.report",
    read(payload, topic, conversation) {
      const [, , , app = "", ...resource] = topic.split("/");
      if (!eventName.test(app)) throw invalid("topic", `${shortened(app)} is not a valid name of an event`);
      const decoded = conversation.read(payload);
      const data = { ...(resource.length > 0 && { resource: resource.join("/") }), ...contentOf(decoded) };
      return { kind: "event", report: eventOf(app, data, decoded) };
    },
  },
  {
    topic: "{account}/{clientId}/#",
    action: "telemetry.report",
    read(payload, topic, conversation) {
      const levels = topic.split("/");
      if (levels[2] === "") throw new FleetError("forbidden", "the topic names no application", { field: "topic" });
      return { kind: "telemetry", items: [telemetryOf(levels, conversation.read(payload))] };
    },
  },
];

export const subscribeTopics: readonly SubscribeTopic[] = [
  { topic: `${CONTROL}/#`, action: "command.receive" },
  // Fleetlog sends nothing on these topics, but applications on the device subscribe to them.
  { topic: "{account}/{clientId}/#", action: "command.receive" },
];

/** The payload may be empty. */
function lifecycle(name: string): PublishTopic<KuraConversation>["read"] {
  return (payload, _topic, conversation) => {
    const decoded = conversation.read(payload);
    const values = [...decoded.metrics].map(([metric, { value }]) => [metric, value]);
    return { kind: "event", report: eventOf(name, Object.fromEntries(values), decoded) };
  };
}
