import { isUtf8 } from "node:buffer";
import { FleetError, invalid, isCommandId, parseDeviceId } from "@fleetlog/domain";
import {
  type Checked,
  CommandResultPayload,
  checker,
  EventPayload,
  MAX_TELEMETRY_ITEMS,
  NAME_PATTERN,
  Profile,
  parseTopic,
  Telemetry,
  TOPICS,
} from "@fleetlog/protocol";
import Type from "typebox";
import type { DeviceReport, MqttConversation, MqttDialect } from "../dialect.ts";

const TelemetryList = Type.Array(Telemetry, { minItems: 1, maxItems: MAX_TELEMETRY_ITEMS });
/** Apart, so that what is wrong is named within the form that was sent, not as neither of two. */
const telemetry = checker(Telemetry, "payload");
const telemetryList = checker(TelemetryList, "payload");
const profile = checker(Profile, "payload");
const event = checker(EventPayload, "payload");
const commandResult = checker(CommandResultPayload, "payload");
const eventName = new RegExp(NAME_PATTERN);

/** Topics below `me/`: whoever is connected. There is no topic of another device, so that nothing has to be kept apart. */
const conversation: MqttConversation = {
  mayRead: (filter) => filter.startsWith("me/"),

  read(topic, payload): DeviceReport {
    const to = parseTopic(topic);
    if (to === undefined) throw new FleetError("forbidden", `a device can't publish on ${topic}`, { field: "topic" });
    const value = json(payload);
    switch (to.kind) {
      case "telemetry": {
        const items = Array.isArray(value) ? accepted(telemetryList(value)) : [accepted(telemetry(value))];
        return { kind: "telemetry", items };
      }
      case "profile":
        return { kind: "profile", profile: accepted(profile(value)) };
      case "event":
        if (!eventName.test(to.name)) throw invalid("topic", "the topic's last level is no name of an event");
        return { kind: "event", report: { ...accepted(event(value)), name: to.name } };
      case "command-result":
        if (!isCommandId(to.id)) throw invalid("topic", "the topic's third level is no id of a command");
        return { kind: "command-result", result: { ...accepted(commandResult(value)), id: to.id } };
    }
  },

  command: (message) => ({ topic: TOPICS.command(message.id), payload: JSON.stringify(message) }),
};

/** Client id = user name = device id, password = token; with a certificate, which says all of that, each may be left out. */
export const nativeMqtt: MqttDialect = {
  name: "native",
  recognises: () => true,

  identify({ clientId, userName, password, certified }) {
    if (certified !== undefined) {
      if (clientId !== "") mustBe(certified, "clientId", "client id", clientId);
      if (userName !== undefined) mustBe(certified, "userName", "user name", userName);
      return { device: certified, token: password };
    }
    const device = parseDeviceId(clientId, "clientId");
    if (userName === undefined || password === undefined) {
      throw new FleetError("unauthenticated", "user name (the device id) and password (its token) are needed");
    }
    if (userName !== clientId) throw invalid("clientId", "client id and user name must both be the device id");
    return { device, token: password };
  },

  converse: () => conversation,
};

function mustBe(certified: string, field: string, name: string, given: string): void {
  if (given === certified) return;
  throw new FleetError("forbidden", `the certificate is for ${certified}, but the ${name} is not that`, { field });
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
