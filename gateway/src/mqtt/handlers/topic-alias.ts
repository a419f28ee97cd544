import type { IPublishPacket } from "mqtt-packet";
import { MqttFault, malformed, protocolError, REASON } from "../wire/reasons.ts";
import type { OpenConnection } from "./handler.ts";

/** Highest alias of a client. The native dialect has hardly more topics. */
export const TOPIC_ALIAS_MAXIMUM = 16;

/** The topic of PUBLISH, by name or alias [MQTT5 3.3.2.3.4]. */
export function topicOf(connection: OpenConnection, { topic, properties }: IPublishPacket): string {
  const alias = properties?.topicAlias;
  if (alias === undefined) {
    if (topic !== "") return topic;
    // [MQTT-4.7.3-1] MQTT 5 allows an empty topic only with an alias.
    throw connection.client.level === 5
      ? protocolError("PUBLISH with neither a topic nor an alias")
      : malformed("a topic name is empty");
  }
  // [MQTT-3.3.2-9]
  if (alias > TOPIC_ALIAS_MAXIMUM) throw new MqttFault(REASON.topicAliasInvalid, `topic alias ${alias} is too high`);
  if (topic !== "") {
    connection.aliases ??= [];
    connection.aliases[alias] = topic;
    return topic;
  }
  const known = connection.aliases?.[alias];
  if (known === undefined) throw protocolError(`topic alias ${alias} is not known`);
  return known;
}
