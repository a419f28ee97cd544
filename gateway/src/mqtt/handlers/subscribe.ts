import type { ISubscribePacket, ISubscription } from "mqtt-packet";
import { MqttFault, malformed, REASON } from "../wire/reasons.ts";
import { isShared, isTopicFilter } from "../wire/topics.ts";
import type { OpenConnection } from "./handler.ts";
import { throttle } from "./throttle.ts";

const REFUSED = 0x80;

/** [MQTT-3.8.4-6] SUBACK has a code for each filter, in order. Subscriptions are stored before SUBACK. */
export async function handleSubscribe(connection: OpenConnection, packet: ISubscribePacket): Promise<void> {
  // [MQTT5 3.2.2.3.12]
  if (packet.properties?.subscriptionIdentifier !== undefined) {
    throw new MqttFault(REASON.subscriptionIdsNotSupported, "subscription identifiers are not available");
  }
  const granted = packet.subscriptions.map((subscription) => grant(connection, subscription));
  for (const [index, { topic }] of packet.subscriptions.entries())
    if ((granted[index] ?? REFUSED) >= REFUSED) connection.session.subscriptionRefused(topic);
  throttle(connection, 1, packet.length ?? 0);
  if (granted.some((code) => code < REFUSED)) await connection.saveSession();
  if (connection.closed) return;
  connection.send({ cmd: "suback", messageId: packet.messageId ?? 0, granted });
  connection.listening(packet.subscriptions.map(({ topic }) => topic));
}

/** Returns the requested QoS, or the reason code of a refusal [MQTT5 3.9.3]. MQTT 3 has only one such code. */
function grant(connection: OpenConnection, { topic: filter, qos, nl }: ISubscription): number {
  const { client, dialect, conversation, subscriptions } = connection;
  const refuse = (reason: number): number => (client.level === 5 ? reason : REFUSED);
  if (isShared(filter)) {
    // [MQTT-3.8.3-4]
    if (nl === true) throw new MqttFault(REASON.protocolError, "no local with a shared subscription");
    return refuse(REASON.sharedSubscriptionsNotSupported);
  }
  // [MQTT-4.7.1-1], [MQTT-4.7.1-2], [MQTT-4.7.3-1]
  if (!isTopicFilter(filter)) throw malformed("a topic filter is not valid");
  if (dialect.subscribeTopics.find(filter, conversation.names) === undefined) return refuse(REASON.notAuthorised);
  return subscriptions.grant(filter, qos) ? qos : refuse(REASON.quotaExceeded);
}
