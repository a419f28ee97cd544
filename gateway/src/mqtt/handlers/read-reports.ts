import { FleetError, shortened } from "@fleetlog/domain";
import type { MqttOrigin } from "../../dialects/index.ts";
import type { DeviceReports } from "../../sessions/index.ts";
import type { HandledConnection } from "./handler.ts";

/** @throws FleetError `forbidden` if the device may not use the topic, `invalid-request` if a field is wrong */
export function readReports(
  { dialect, conversation }: Pick<HandledConnection, "dialect" | "conversation">,
  topic: string,
  payload: Buffer,
  origin?: MqttOrigin,
): DeviceReports {
  if (dialect === undefined || conversation === undefined) throw new Error("a message was read before log-in");
  // This is the authorization: the table has only topics that the device may use.
  const definition = dialect.publishTopics.find(topic, conversation.names);
  if (definition === undefined) {
    throw new FleetError("forbidden", `a device can't publish on ${shortened(topic)}`, { field: "topic" });
  }
  return definition.read(payload, topic, conversation, origin);
}
