import { FleetError, shortened } from "@fleetlog/domain";
import type { DeviceReports } from "../../sessions/index.ts";
import type { HandledConnection } from "./handler.ts";

/**
 * Reads the reports of a message.
 * @throws FleetError `forbidden` if the device may not use the topic, `invalid-request` if a field is wrong
 */
export function readReports(
  { dialect, conversation }: Pick<HandledConnection, "dialect" | "conversation">,
  topic: string,
  payload: Buffer,
): DeviceReports {
  if (dialect === undefined || conversation === undefined) throw new Error("a message was read before log-in");
  // This look-up is the authorization: the table holds only the topics that the device is allowed to use.
  const definition = dialect.publishTopics.find(topic, conversation.names);
  if (definition === undefined) {
    throw new FleetError("forbidden", `a device can't publish on ${shortened(topic)}`, { field: "topic" });
  }
  return definition.read(payload, topic, conversation);
}
