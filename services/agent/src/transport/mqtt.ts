import { TOPICS } from "@fleetlog/protocol";
import type { IClientOptions, IConnackPacket, IDisconnectPacket, MqttClient } from "mqtt";
import { cancelledCommand, signatureIn } from "./cancelled-message.ts";
import { asRenewed } from "./certificate-message.ts";
import { asCommand } from "./command-message.ts";
import { asConfiguration } from "./configuration-message.ts";
import { mqttClient } from "./mqtt-client.ts";
import { endOfConnack, endOfDisconnect, refusalOf } from "./mqtt-reasons.ts";
import { type TransportOptions, tlsOf } from "./options.ts";
import { PendingCalls } from "./pending-calls.ts";
import {
  ConnectError,
  type Link,
  type LinkEnd,
  type LinkEvents,
  type Outgoing,
  Refusal,
  type Transport,
} from "./transport.ts";
import { withAbort } from "./with-abort.ts";

/** How long the gateway's MQTT session keeps commands. */
const SESSION_EXPIRY_SECONDS = 86_400;

const FRAME_BYTES = 16;

/** Uses a persistent session. The agent itself reconnects and queues, so MQTT.js must do neither. */
export function mqttTransport(options: TransportOptions): Transport {
  return {
    name: `mqtt ${options.mqttVersion === 5 ? "5" : "3.1.1"}`,
    connect: (events, signal) => connect(options, events, signal),
  };
}

async function connect(options: TransportOptions, events: LinkEvents, signal: AbortSignal): Promise<Link> {
  const { clock } = options;
  const client = await mqttClient(options.url, clientOptions(options), options.proxy).catch((error: Error) => {
    throw new ConnectError({ kind: "lost", reason: error.message }, error);
  });
  const renewals: ((message: unknown) => void)[] = [];
  const cut = () => client.stream.destroy();
  client.on("message", (topic, payload, { properties }) => {
    if (topic === TOPICS.certificate) {
      for (const answer of renewals.splice(0)) answer(parse(payload));
      return;
    }
    if (topic === TOPICS.configuration) {
      const configuration = asConfiguration(parse(payload));
      if (configuration !== undefined) events.onConfiguration?.(configuration);
      return;
    }
    if (!topic.startsWith(TOPICS.command(""))) return;
    const value = parse(payload);
    if (topic.endsWith("/cancelled")) {
      const id = cancelledCommand(value);
      if (id !== undefined) events.onCancelled(id, signatureIn(value));
      return;
    }
    const command = asCommand(value);
    if (command === undefined) return;
    // The interval is in seconds (MQTT 5, 3.3.2.3.3).
    const seconds = properties?.messageExpiryInterval;
    events.onCommand(command, seconds === undefined ? undefined : seconds * 1_000);
  });
  const topics: string[] = [TOPICS.commands, TOPICS.commandCancellations];
  if (events.onConfiguration !== undefined) topics.push(TOPICS.configuration);
  if (options.identity !== undefined) topics.push(TOPICS.certificate);
  const ended = endOf(client);
  const calls = new PendingCalls(clock, options.callTimeoutMs, cut);
  void ended.then((end) => calls.end(end.reason));

  const connack = await withAbort(signal, cut, async () => {
    const accepted = await openingOf(client, ended);
    try {
      await calls.run(() => client.subscribeAsync(topics, { qos: 1 }));
    } catch (error) {
      cut();
      throw new ConnectError({ kind: "lost", reason: `not subscribed to commands: ${String(error)}` }, error);
    }
    return accepted;
  });

  return {
    window: connack.properties?.receiveMaximum,
    ended,
    async send(message) {
      const { topic, payload } = asPublish(message);
      const bytes = Buffer.byteLength(payload) + Buffer.byteLength(topic) + FRAME_BYTES;
      // The gateway would close each connection because of a larger message [MQTT-3.2.2-15].
      if (bytes > (connack.properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY))
        throw new Refusal(0x95, `${bytes} bytes exceed the gateway's limit`, { permanent: true });
      await calls.run(() => client.publishAsync(topic, payload, { qos: 1 }).catch(rethrow));
    },
    async renew(csr) {
      const answer = new Promise<unknown>((resolve) => renewals.push(resolve));
      const payload = JSON.stringify({ csr });
      const sent = client.publishAsync(TOPICS.certificateRenew, payload, { qos: 1 }).catch((error: unknown) => {
        if (refusalOf(error) === undefined) throw error;
      });
      return asRenewed(await calls.run(() => sent.then(() => answer)));
    },
    cut,
    async close() {
      client.end();
      const stopTimer = clock.after(1_000, cut);
      await ended;
      stopTimer();
    },
  };
}

function clientOptions({ device, token, ...options }: TransportOptions): IClientOptions {
  return {
    clientId: device,
    username: device,
    ...(token === undefined ? {} : { password: token }),
    ...(tlsOf(options) as Pick<IClientOptions, "ca" | "cert" | "key">),
    protocolVersion: options.mqttVersion,
    clean: false,
    ...(options.mqttVersion === 5 ? { properties: { sessionExpiryInterval: SESSION_EXPIRY_SECONDS } } : {}),
    // MQTT.js closes the connection after one and a half times this silence.
    keepalive: Math.max(1, Math.round(options.heartbeatMs / 1_000)),
    connectTimeout: options.connectTimeoutMs,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    wsOptions: { perMessageDeflate: false },
  };
}

function openingOf(client: MqttClient, ended: Promise<LinkEnd>): Promise<IConnackPacket> {
  return new Promise((resolve, reject) => {
    client.once("connect", resolve);
    void ended.then((end) => reject(new ConnectError(end)));
  });
}

function endOf(client: MqttClient): Promise<LinkEnd> {
  let end: LinkEnd | undefined;
  return new Promise((resolve) => {
    client.on("packetreceive", (packet) => {
      if (packet.cmd === "connack") end = endOfConnack(packet as IConnackPacket) ?? end;
    });
    client.on("disconnect", (packet: IDisconnectPacket) => {
      end = endOfDisconnect(packet);
      // Closes the socket at once, because MQTT.js would wait for the peer to close it.
      client.stream.destroy();
    });
    client.on("error", (error) => {
      end ??= { kind: "lost", reason: error.message };
    });
    client.on("close", () => {
      resolve(end ?? { kind: "lost", reason: "the connection was closed" });
      // Forces the end, because MQTT.js would wait for acknowledgements that can't arrive.
      client.end(true);
    });
  });
}

function asPublish(message: Outgoing): { topic: string; payload: string } {
  switch (message.kind) {
    case "telemetry": {
      const [first, ...rest] = message.reports;
      return { topic: TOPICS.telemetry, payload: JSON.stringify(rest.length === 0 ? first : message.reports) };
    }
    case "event": {
      const { name, ...payload } = message.report;
      return { topic: TOPICS.eventPrefix + name, payload: JSON.stringify(payload) };
    }
    case "profile":
      return { topic: TOPICS.profile, payload: JSON.stringify(message.profile) };
    case "command-progress": {
      const { id, ...payload } = message.progress;
      return { topic: TOPICS.commandProgress(id), payload: JSON.stringify(payload) };
    }
    case "configuration":
      return { topic: TOPICS.configurationReported, payload: JSON.stringify(message.report) };
    case "command-result": {
      const { id, ...payload } = message.result;
      return { topic: TOPICS.commandResult(id), payload: JSON.stringify(payload) };
    }
  }
}

function parse(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return undefined;
  }
}

function rethrow(error: unknown): never {
  throw refusalOf(error) ?? error;
}
