import { FleetError, shortened } from "@fleetlog/domain";
import { PROVISION_TOPICS, type ProvisionReply, WIRE_ERRORS } from "@fleetlog/protocol";
import type { IConnackPacket, IConnectPacket } from "mqtt-packet";
import { PROVISIONING_MQTT } from "../../dialects/provisioning/index.ts";
import { hostOf } from "../../net/address.ts";
import { retryAfterMs, seconds } from "../../net/refusing/retry-after.ts";
import { polledAgain } from "../../net/still-there.ts";
import type { ProvisioningDevice } from "../../provisioning/index.ts";
import type { DeviceSession } from "../../sessions/index.ts";
import { encodeFor } from "../output.ts";
import { type Client, cleanClient, clientOf, clientOfVersion } from "../session/client.ts";
import type { StoredSession } from "../session/store.ts";
import type { Will } from "../session/wills.ts";
import { decode } from "../wire/decode.ts";
import { asMqttFault } from "../wire/errors.ts";
import { checkConnect, levelOf } from "../wire/guard.ts";
import { MqttFault, malformed, protocolError, REASON } from "../wire/reasons.ts";
import { isTopicName } from "../wire/topics.ts";
import { authenticate } from "./authenticate.ts";
import { handedOver, otherHolder } from "./hand-over.ts";
import type { HandledConnection } from "./handler.ts";
import { readReports } from "./read-reports.ts";
import { TOPIC_ALIAS_MAXIMUM } from "./topic-alias.ts";

const A_DAY_SECONDS = 86_400;

/** Authenticates the device, opens its session, and resumes its stored MQTT session [MQTT 3.1.4]. */
export async function handleConnect(connection: HandledConnection, bytes: Buffer): Promise<void> {
  const { context } = connection;
  const packet = readConnect(connection, bytes);
  const client = connection.client as Client;
  // [MQTT-4.12.0-1]
  if (packet.properties?.authenticationMethod !== undefined) {
    throw new MqttFault(REASON.badAuthenticationMethod, "no authentication method is supported");
  }
  const authenticated = await authenticate(connection, client, packet);
  await polledAgain();
  // After a reset the socket is destroyed before `close` is emitted, so `closed` is still false.
  if (connection.closed || connection.carrier.destroyed) return;
  if ("provisioning" in authenticated) {
    await openProvisioning(connection, client, authenticated.provisioning, packet.clientId === "");
    return;
  }
  const { device: entry, proof, dialect } = authenticated;
  const { device } = entry;
  // Over the limit, a device may still replace its own session.
  if (!connection.counted.enter(context.sessions.get(device) !== undefined)) throw limitReached();
  const assigned = packet.clientId === "" ? device : undefined;
  checkConnack(connection, client, assigned);
  connection.useDialect(dialect, entry);
  connection.will = willOf(connection, client, packet);
  const holder = client.clean ? undefined : await asMqttFault(otherHolder(connection, device));
  const session = await asMqttFault(context.sessions.open({ device, proof, connection: connection.forSession() }));
  if (connection.closed) {
    session.connectionEnded("lost", "closed while the session was opened");
    return;
  }
  if (holder !== undefined) await handedOver(connection, holder, session);
  const stored = await asMqttFault(resume(connection, client, session)).catch((error: unknown) => {
    session.connectionEnded("log-unavailable", "could not read the stored MQTT session");
    throw error;
  });
  if (connection.closed || session.ended) {
    session.connectionEnded("lost", "closed while the session was opened");
    return;
  }
  connection.open(session, client, stored);
  connection.send(connack(connection, client, stored !== undefined, assigned));
  connection.resumePublications();
  if (connection.subscriptions.size > 0) connection.listening();
  // CONNACK must be the first packet [MQTT-3.2.0-1], so the session is stored after it, and before the device's next
  // packet is read.
  if (mustBeStored(client, stored)) await connection.saveSession();
}

async function openProvisioning(
  connection: HandledConnection,
  asked: Client,
  device: ProvisioningDevice,
  isUnnamed: boolean,
): Promise<void> {
  const { provisioning } = connection.context;
  if (!connection.counted.enter(false)) throw limitReached();
  const client = cleanClient(asked);
  connection.client = client;
  const { login } = device;
  connection.login = login;
  const assigned = isUnnamed ? login : undefined;
  checkConnack(connection, client, assigned);
  connection.useDialect(PROVISIONING_MQTT, {
    device: device.id,
    dialect: "provisioning",
    login,
    credential: { by: "token", token: "" },
  });
  const session = provisioning.open(device, connection.forSession(), (reply) => sendReply(connection, reply));
  await asMqttFault(provisioning.revalidate(device)).catch((error: unknown) => {
    session.connectionEnded();
    throw error;
  });
  if (connection.closed) {
    session.connectionEnded();
    return;
  }
  connection.open(session, client, undefined);
  connection.send(connack(connection, client, false, assigned));
}

async function sendReply({ subscriptions, outbound }: HandledConnection, reply: ProvisionReply): Promise<boolean> {
  const qos = subscriptions.qosOf(PROVISION_TOPICS.reply);
  if (qos === undefined || outbound === undefined) return false;
  const message = { topic: PROVISION_TOPICS.reply, payload: JSON.stringify(reply) };
  return outbound.publish(undefined, message, qos, undefined);
}

function limitReached(): MqttFault {
  const later = `retry after ${seconds(retryAfterMs())} s`;
  return new MqttFault(REASON.quotaExceeded, `this node has reached its connection limit; ${later}`);
}

/** Sets `connection.client` before each check, so that a refusal has the client's version of MQTT. */
function readConnect(connection: HandledConnection, bytes: Buffer): IConnectPacket {
  const level = levelOf(bytes);
  connection.client = clientOfVersion(level);
  checkConnect(bytes);
  const packet = decode(bytes, level);
  if (packet.cmd !== "connect") throw malformed("the first packet is not CONNECT");
  connection.client = clientOf(packet, level);
  connection.login = packet.username || packet.clientId;
  if (packet.clientId !== connection.login) connection.clientId = packet.clientId;
  // The payload is copied, because the socket's buffer may be reused while CONNECT waits for the log.
  if (packet.will !== undefined) packet.will.payload = Buffer.from(packet.will.payload);
  return packet;
}

/** Loads the stored session, or deletes it for a clean session [MQTT-3.1.2-4] to [MQTT-3.1.2-6]. */
async function resume(
  connection: HandledConnection,
  client: Client,
  { device, reference }: DeviceSession,
): Promise<StoredSession | undefined> {
  const { store, endings, wills } = connection.context;
  await endings.whenDone(device);
  if (client.clean) {
    await wills.publishDelayed(device);
    await store.discard(device, reference);
    return undefined;
  }
  wills.cancel(device);
  return await store.load(device);
}

/**
 * Whether the session must be stored now. A new session that was not stored would be lost after a take-over or crash
 * [MQTT-3.2.2-3]. A resumed session is stored if its expiry has changed or is less than a day.
 */
function mustBeStored({ expirySeconds }: Client, stored: StoredSession | undefined): boolean {
  if (expirySeconds === 0) return false;
  if (stored === undefined) return true;
  const { record } = stored;
  return record.expirySeconds !== expirySeconds || (record.endedAt !== undefined && expirySeconds < A_DAY_SECONDS);
}

function willOf(connection: HandledConnection, client: Client, { will }: IConnectPacket): Will | undefined {
  if (will === undefined) return undefined;
  // [MQTT-3.2.2-13]
  if (will.retain === true && client.level === 5) {
    throw new MqttFault(REASON.retainNotSupported, "nothing is retained here");
  }
  if (!isTopicName(will.topic)) throw malformed("the will's topic is empty or has a wildcard");
  // [MQTT-3.3.2-14]
  if (will.properties?.responseTopic !== undefined && !isTopicName(will.properties.responseTopic)) {
    throw protocolError("the will's response topic is empty or has a wildcard");
  }
  try {
    const reports = readReports(connection, will.topic, will.payload as Buffer);
    return { reports, delaySeconds: will.properties?.willDelayInterval ?? 0 };
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    if (client.level === 5) throw new MqttFault(WIRE_ERRORS[error.code].mqtt, `the will is refused: ${error.message}`);
    // MQTT 3 has no error code for a will, and with a refusal the device could never connect.
    const { address, context } = connection;
    context.boundedLog.write({
      level: "warn",
      kind: "ignored wills",
      address: hostOf(address),
      fields: { peer: address, topic: shortened(will.topic), field: error.field },
      message: `a will is ignored: ${error.message}`,
    });
    return undefined;
  }
}

/**
 * Call before the session is opened, so that none is opened for a client that can't receive its CONNACK.
 * @throws MqttFault if CONNACK is larger than the client accepts
 */
function checkConnack(connection: HandledConnection, client: Client, assigned: string | undefined): void {
  encodeFor(client, connack(connection, client, false, assigned));
}

function connack(
  connection: HandledConnection,
  client: Client,
  sessionPresent: boolean,
  assigned: string | undefined,
): IConnackPacket {
  if (client.level < 5) return { cmd: "connack", returnCode: 0, sessionPresent: sessionPresent && client.level === 4 };
  const { maxUnstoredReports, payloadBytes } = connection.context.limits;
  return {
    cmd: "connack",
    reasonCode: REASON.success,
    sessionPresent,
    // [MQTT5 3.2.2.3]
    properties: {
      ...client.lowered,
      // [MQTT-3.2.2-16]
      ...(assigned !== undefined && { assignedClientIdentifier: assigned }),
      receiveMaximum: maxUnstoredReports,
      retainAvailable: false,
      maximumPacketSize: payloadBytes,
      topicAliasMaximum: TOPIC_ALIAS_MAXIMUM,
      wildcardSubscriptionAvailable: true,
      subscriptionIdentifiersAvailable: false,
      sharedSubscriptionAvailable: false,
    },
  };
}
