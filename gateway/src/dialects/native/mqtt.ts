import { invalid, isCommandId } from "@fleetlog/domain";
import {
  CertificateRenewal,
  CommandProgressPayload,
  CommandResultPayload,
  ConfigurationReport,
  checker,
  EventPayload,
  MAX_TELEMETRY_ITEMS,
  NAME_PATTERN,
  Profile,
  profileFault,
  Telemetry,
  TOPICS,
} from "@fleetlog/protocol";
import Type from "typebox";
import type { MqttConversation, MqttDialect, PublishTopic } from "../mqtt-dialect.ts";
import { accepted, json, orRefusal } from "../payload.ts";
import { progressOf } from "./progress.ts";

const TelemetryList = Type.Array(Telemetry, { minItems: 1, maxItems: MAX_TELEMETRY_ITEMS });
/** Separate checks instead of a union, so that an error names the field that is invalid. */
const checkTelemetry = checker(Telemetry, "payload");
const checkTelemetryList = checker(TelemetryList, "payload");
const checkProfile = checker(Profile, "payload");
const checkEvent = checker(EventPayload, "payload");
const checkCommandProgress = checker(CommandProgressPayload, "payload");
const checkCommandResult = checker(CommandResultPayload, "payload");
const checkConfiguration = checker(ConfigurationReport, "payload");
const checkRenewal = checker(CertificateRenewal, "payload");
const eventNamePattern = new RegExp(NAME_PATTERN);

/** `me` is the connected device. No topic can name another device. */
const publishTopics: readonly PublishTopic<MqttConversation>[] = [
  {
    topic: TOPICS.telemetry,
    action: "telemetry.report",
    read(payload) {
      const value = json(payload);
      const items = Array.isArray(value) ? accepted(checkTelemetryList(value)) : [accepted(checkTelemetry(value))];
      return { kind: "telemetry", items };
    },
  },
  {
    topic: TOPICS.profile,
    action: "profile.report",
    read(payload) {
      const profile = accepted(checkProfile(json(payload)));
      return { kind: "profile", profile, remark: profileFault(profile) };
    },
  },
  {
    topic: `${TOPICS.eventPrefix}+`,
    action: "event.report",
    read(payload, topic) {
      const value = json(payload);
      const name = levelOf(topic, 2);
      if (!eventNamePattern.test(name)) throw invalid("topic", "the topic's last level is not a valid event name");
      return { kind: "event", report: { ...accepted(checkEvent(value)), name } };
    },
  },
  {
    topic: TOPICS.commandProgress("+"),
    action: "command.progress",
    read(payload, topic) {
      const progress = progressOf(accepted(checkCommandProgress(json(payload))));
      return { kind: "command-progress", progress: { ...progress, id: commandIdIn(topic) } };
    },
  },
  {
    topic: TOPICS.commandResult("+"),
    action: "command.answer",
    read(payload, topic) {
      const value = json(payload);
      const id = commandIdIn(topic);
      return { kind: "command-result", result: { ...accepted(checkCommandResult(value)), id } };
    },
  },
  {
    topic: TOPICS.configurationReported,
    action: "configuration.report",
    read: (payload) => ({ kind: "configuration", report: accepted(checkConfiguration(json(payload))) }),
  },
  {
    topic: TOPICS.certificateRenew,
    action: "certificate.renew",
    read: (payload) => ({ kind: "renewal", csr: orRefusal(() => accepted(checkRenewal(json(payload))).csr) }),
  },
];

const conversation: MqttConversation = {
  configurationTopic: TOPICS.configuration,
  certificateTopic: TOPICS.certificate,
  command: (message) => ({ topic: TOPICS.command(message.id), payload: JSON.stringify(message) }),
  cancelled: (message) => ({ topic: TOPICS.commandCancelled(message.id), payload: JSON.stringify(message) }),
};

export const nativeMqtt: MqttDialect = {
  publishTopics,
  subscribeTopics: [
    { topic: TOPICS.configuration, action: "configuration.receive" },
    { topic: TOPICS.certificate, action: "certificate.renew" },
    { topic: "me/#", action: "command.receive" },
  ],
  converse: () => conversation,
};

function commandIdIn(topic: string): string {
  const id = levelOf(topic, 2);
  if (!isCommandId(id)) throw invalid("topic", "the topic's third level is not a valid command id");
  return id;
}

function levelOf(topic: string, index: number): string {
  return topic.split("/")[index] ?? "";
}
