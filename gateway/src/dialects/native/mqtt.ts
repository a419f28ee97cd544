import { isUtf8 } from "node:buffer";
import { invalid, isCommandId } from "@fleetlog/domain";
import {
  type Checked,
  CommandResultPayload,
  checker,
  EventPayload,
  MAX_TELEMETRY_ITEMS,
  NAME_PATTERN,
  Profile,
  Telemetry,
  TOPICS,
} from "@fleetlog/protocol";
import Type from "typebox";
import type { MqttConversation, MqttDialect, MqttPublication } from "../mqtt-dialect.ts";

const TelemetryList = Type.Array(Telemetry, { minItems: 1, maxItems: MAX_TELEMETRY_ITEMS });
/** Apart, so that what is wrong is named within the form that was sent, not as neither of two. */
const telemetry = checker(Telemetry, "payload");
const telemetryList = checker(TelemetryList, "payload");
const profile = checker(Profile, "payload");
const event = checker(EventPayload, "payload");
const commandResult = checker(CommandResultPayload, "payload");
const eventName = new RegExp(NAME_PATTERN);

/** Topics below `me/`: whoever is connected. There is no topic of another device, so that nothing has to be kept apart. */
const publications: readonly MqttPublication<MqttConversation>[] = [
  {
    topic: TOPICS.telemetry,
    action: "telemetry.report",
    read(payload) {
      const value = json(payload);
      const items = Array.isArray(value) ? accepted(telemetryList(value)) : [accepted(telemetry(value))];
      return { kind: "telemetry", items };
    },
  },
  {
    topic: TOPICS.profile,
    action: "profile.report",
    read: (payload) => ({ kind: "profile", profile: accepted(profile(json(payload))) }),
  },
  {
    topic: `${TOPICS.eventPrefix}+`,
    action: "event.report",
    read(payload, topic) {
      const value = json(payload);
      const name = levelOf(topic, 2);
      if (!eventName.test(name)) throw invalid("topic", "the topic's last level is no name of an event");
      return { kind: "event", report: { ...accepted(event(value)), name } };
    },
  },
  {
    topic: TOPICS.commandResult("+"),
    action: "command.answer",
    read(payload, topic) {
      const value = json(payload);
      const id = levelOf(topic, 2);
      if (!isCommandId(id)) throw invalid("topic", "the topic's third level is no id of a command");
      return { kind: "command-result", result: { ...accepted(commandResult(value)), id } };
    },
  },
];

const conversation: MqttConversation = {
  command: (message) => ({ topic: TOPICS.command(message.id), payload: JSON.stringify(message) }),
};

export const nativeMqtt: MqttDialect = {
  publications,
  subscriptions: [{ topic: "me/#", action: "command.receive" }],
  converse: () => conversation,
};

function levelOf(topic: string, index: number): string {
  return topic.split("/")[index] ?? "";
}

function json(payload: Buffer): unknown {
  // JSON.parse would take what was replaced for bad bytes as if it had been sent.
  if (!isUtf8(payload)) throw invalid("payload", "payload is not UTF-8");
  try {
    return JSON.parse(payload.toString("utf8"));
  } catch {
    throw invalid("payload", "payload is not JSON");
  }
}

function accepted<T>(checked: Checked<T>): T {
  if (checked.ok) return checked.value;
  throw invalid(checked.field, checked.message);
}
