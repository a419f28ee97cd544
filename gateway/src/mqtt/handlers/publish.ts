import { FleetError } from "@fleetlog/domain";
import { WIRE_ERRORS } from "@fleetlog/protocol";
import type { IPublishPacket } from "mqtt-packet";
import { eventsIn } from "../../sessions/index.ts";
import { HOLD } from "../flow/intake.ts";
import type { Arrival } from "../session/inbound.ts";
import { MqttFault, malformed, protocolError, REASON } from "../wire/reasons.ts";
import { isTopicName } from "../wire/topics.ts";
import type { OpenConnection } from "./handler.ts";
import { throttle } from "./throttle.ts";
import { topicOf } from "./topic-alias.ts";

/**
 * A device's report, acknowledged once the log has stored it and not before.
 *
 * What the log can't take now is not acknowledged; the connection closes, and the device sends it again in the next.
 * What can never be accepted (a wrong field, no JSON) must not come again for ever: MQTT 5 says so in PUBACK; MQTT 3
 * has no way to, so there it is acknowledged, logged and counted. Rejected: closing, because a device with a
 * stored queue would come back with the same message for ever. A topic that is not the
 * device's is no report at all: MQTT 3 closes [MQTT-3.3.5-2], MQTT 5 answers 0x87.
 */
export function handlePublish(connection: OpenConnection, packet: IPublishPacket): undefined {
  const { client, inbound, session } = connection;
  const { qos } = packet;
  const id = packet.messageId ?? 0;
  // [MQTT-3.2.2-14] CONNACK said that nothing is retained; [MQTT3.1.1 3.3.1.3] in MQTT 3, which has no such answer, the flag is ignored
  if (packet.retain && client.level === 5) throw new MqttFault(REASON.retainNotSupported, "nothing is retained here");
  const topic = topicOf(connection, packet);
  // [MQTT-3.3.2-2]
  if (!isTopicName(topic)) throw malformed("a topic name is empty or has a wildcard");
  // [MQTT-3.3.2-14] a response topic has no wildcards
  if (packet.properties?.responseTopic !== undefined && !isTopicName(packet.properties.responseTopic)) {
    throw protocolError("a response topic is empty or has a wildcard");
  }
  if (qos === 2 && inbound.unreleased.has(id)) {
    // [MQTT-4.3.3-10] known and not released: acknowledged again, not stored again
    if (!inbound.awaitsPubrec(id))
      connection.output.sendAcknowledgement({ id, qos, answer: undefined }, 0, undefined, client);
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
  const arrival = qos === 0 ? undefined : inbound.arrived(id, qos);
  try {
    const reports = connection.readReports(topic, packet.payload as Buffer);
    inbound.beginStoring();
    throttle(connection, eventsIn(reports));
    session.report(reports).then(
      () => {
        if (arrival !== undefined) inbound.stored(arrival);
        finish(connection);
      },
      (error: unknown) => {
        refuse(connection, arrival, topic, error);
        finish(connection);
      },
    );
  } catch (error) {
    refuse(connection, arrival, topic, error);
  }
  // Clients of MQTT 5 know the receive maximum of QoS 1 and 2, so that only QoS 0 has to be held back there.
  if (inbound.storing >= (client.level === 5 ? 2 * maxUnstoredReports : maxUnstoredReports))
    connection.hold(HOLD.storing);
}

function finish(connection: OpenConnection): void {
  const { inbound, context } = connection;
  inbound.endStoring();
  if (inbound.storing <= context.limits.maxUnstoredReports / 2) connection.release(HOLD.storing);
}

function refuse(connection: OpenConnection, arrival: Arrival | undefined, topic: string, error: unknown): void {
  const { client, inbound, session, context } = connection;
  const refusal = error instanceof FleetError ? error : new FleetError("internal", "internal error", { cause: error });
  const code = WIRE_ERRORS[refusal.code].mqtt;
  session.refused(refusal.code);
  if (!isFinal(refusal)) {
    if (!connection.closed)
      context.logger.warn({ err: error, device: session.device, topic }, "a report was not stored");
    connection.failed(new MqttFault(REASON.unavailable, refusal.message));
    return;
  }
  const count = ++connection.refusals;
  // Of a faulty device that sends without end, only the first, second, fourth, … refusal is logged.
  if ((count & (count - 1)) === 0) {
    const { device } = session;
    const { field, message } = refusal;
    context.logger.warn({ device, topic, field, count, code: refusal.code }, `a report was refused: ${message}`);
  }
  if (refusal.code === "forbidden" && (client.level < 5 || arrival === undefined)) {
    connection.failed(new MqttFault(REASON.notAuthorised, refusal.message));
  } else if (arrival !== undefined) {
    if (client.level === 5) inbound.refused(arrival, code, refusal.message);
    else inbound.stored(arrival);
  }
}

/** Whether the same report can't be accepted at another time either. */
function isFinal({ code }: FleetError): boolean {
  switch (code) {
    case "invalid-request":
    case "payload-too-large":
    case "forbidden":
    case "command-unknown":
    case "command-ended":
    case "device-retired":
    case "device-unknown":
      return true;
    default:
      return false;
  }
}
