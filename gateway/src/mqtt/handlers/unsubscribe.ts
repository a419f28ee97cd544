import type { IUnsubscribePacket } from "mqtt-packet";
import { REASON } from "../wire/reasons.ts";
import { isTopicFilter } from "../wire/topics.ts";
import type { OpenConnection } from "./handler.ts";
import { throttle } from "./throttle.ts";

/** [MQTT-3.10.4-4], [MQTT-3.10.4-5] UNSUBACK has a code for each filter, in order. */
export async function handleUnsubscribe(connection: OpenConnection, packet: IUnsubscribePacket): Promise<void> {
  const { subscriptions } = connection;
  let changed = false;
  const granted = packet.unsubscriptions.map((filter) => {
    if (!isTopicFilter(filter)) return REASON.filterInvalid;
    if (!subscriptions.revoke(filter)) return REASON.noSubscription;
    changed = true;
    return REASON.success;
  });
  throttle(connection, 1, packet.length ?? 0);
  if (changed) await connection.saveSession();
  connection.send({ cmd: "unsuback", messageId: packet.messageId ?? 0, granted });
}
