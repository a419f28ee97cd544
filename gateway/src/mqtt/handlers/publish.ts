import { FleetError, shortened } from "@fleetlog/domain";
import { WIRE_ERRORS } from "@fleetlog/protocol";
import type { IPublishPacket } from "mqtt-packet";
import { type DeviceReports, eventsIn, isFinal, type ReportReceiver, remarkOn } from "../../sessions/index.ts";
import { HOLD } from "../flow/intake.ts";
import type { Arrival } from "../session/inbound.ts";
import { MqttFault, malformed, protocolError, REASON } from "../wire/reasons.ts";
import { isTopicName } from "../wire/topics.ts";
import type { OpenConnection } from "./handler.ts";
import { readReports } from "./read-reports.ts";
import { throttle } from "./throttle.ts";
import { topicOf } from "./topic-alias.ts";

/**
 * PUBACK or PUBREC follows when the log has stored the reports. While the log is unavailable, the connection closes
 * without an acknowledgement. A message that can never be accepted is acknowledged, because the device would send it
 * again for ever. Only MQTT 5 has an error code for such a message [MQTT-3.3.5-2].
 */
export function handlePublish(connection: OpenConnection, packet: IPublishPacket): Promise<void> | undefined {
  const { client, inbound, session } = connection;
  const { qos } = packet;
  const id = packet.messageId ?? 0;
  // [MQTT-3.2.2-14] CONNACK of MQTT 5 has announced that retain is not supported.
  if (packet.retain && client.level === 5) throw new MqttFault(REASON.retainNotSupported, "nothing is retained here");
  const topic = topicOf(connection, packet);
  // [MQTT-3.3.2-2]
  if (!isTopicName(topic)) throw malformed("a topic name is empty or has a wildcard");
  // [MQTT-3.3.2-14]
  if (packet.properties?.responseTopic !== undefined && !isTopicName(packet.properties.responseTopic)) {
    throw protocolError("a response topic is empty or has a wildcard");
  }
  if (qos === 2 && inbound.unreleased.has(id)) {
    // [MQTT-4.3.3-10] A repeated PUBLISH before PUBREL is acknowledged again, but not stored again.
    if (!inbound.awaitsPubrec(id)) connection.output.sendAcknowledgement({ id, qos }, 0, undefined, client);
    return;
  }
  const { maxUnstoredReports } = connection.context.limits;
  // [MQTT-3.3.4-7]
  if (qos > 0 && client.level === 5 && inbound.unfinished >= maxUnstoredReports) {
    throw new MqttFault(
      REASON.receiveMaximumExceeded,
      `more than ${maxUnstoredReports} publications without an acknowledgement`,
    );
  }
  const payload = packet.payload as Buffer;
  const arrival = qos === 0 ? undefined : inbound.arrived(id, qos);
  let reports: DeviceReports;
  try {
    reports = readReports(connection, topic, payload, packet);
  } catch (error) {
    refuse(connection, arrival, topic, error);
    // A refused message costs as much as one event.
    throttle(connection, 1, payload.length);
    return;
  }
  inbound.beginStoring();
  const remark = remarkOn(reports);
  if (remark !== undefined) session.remarked(remark);
  session.reportTo(reports, new PendingPublication(connection, arrival, topic, remark));
  throttle(connection, eventsIn(reports), payload.length);
  // In MQTT 5 the receive maximum limits reports with QoS 1 and 2, so as many reports with QoS 0 may wait besides.
  if (inbound.storing >= (client.level === 5 ? 2 * maxUnstoredReports : maxUnstoredReports))
    connection.hold(HOLD.storing);
  return session.whenRepeatsDecided();
}

/** A publication whose reports are being stored. */
class PendingPublication implements ReportReceiver {
  readonly #connection: OpenConnection;
  readonly #arrival: Arrival | undefined;
  readonly #topic: string;
  readonly #remark: string | undefined;

  constructor(connection: OpenConnection, arrival: Arrival | undefined, topic: string, remark: string | undefined) {
    this.#connection = connection;
    this.#arrival = arrival;
    this.#topic = topic;
    this.#remark = remark;
  }

  stored(): void {
    if (this.#arrival !== undefined) this.#connection.inbound.stored(this.#arrival, this.#remark);
    reportsSettled(this.#connection);
  }

  refused(error: unknown): void {
    refuse(this.#connection, this.#arrival, this.#topic, error);
    reportsSettled(this.#connection);
  }
}

function reportsSettled(connection: OpenConnection): void {
  const { inbound, context } = connection;
  inbound.endStoring();
  if (inbound.storing <= context.limits.maxUnstoredReports / 2) connection.release(HOLD.storing);
}

function refuse(connection: OpenConnection, arrival: Arrival | undefined, topic: string, error: unknown): void {
  const { client, inbound, session, context } = connection;
  const refusal = error instanceof FleetError ? error : new FleetError("internal", "internal error", { cause: error });
  session.refused(refusal, { topic });
  if (!isFinal(refusal)) {
    if (!connection.closed)
      context.logger.warn({ err: error, device: session.device, topic: shortened(topic) }, "could not store a report");
    connection.failed(new MqttFault(REASON.unavailable, refusal.message));
    return;
  }
  if (arrival === undefined) return;
  if (client.level === 5) inbound.refused(arrival, WIRE_ERRORS[refusal.code].mqtt, refusal.message);
  else inbound.stored(arrival);
}
