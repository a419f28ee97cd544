import { TOPICS } from "@fleetlog/protocol";
import {
  type IClientOptions,
  type IConnackPacket,
  type IDisconnectPacket,
  type MqttClient,
  connect as mqttConnect,
} from "mqtt";
import { asCommand } from "./command-message.ts";
import { endOfConnack, endOfDisconnect, refusalOf } from "./mqtt-reasons.ts";
import type { TransportOptions } from "./options.ts";
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
import { whileConnecting } from "./while-connecting.ts";

/** What an undelivered command may wait for its device in the broker's session; the gateway's log waits longer. */
const SESSION_EXPIRY_SECONDS = 86_400;

/** The most that a PUBLISH of ours has around topic and payload: header, length, identifier, properties. */
const FRAME_BYTES = 16;

/**
 * MQTT by MQTT.js, one client a connection: it never reconnects by itself and keeps no queue, because both are the
 * agent's, and what is in flight is in the agent's store. Session kept (clean start off), QoS 1 both ways.
 */
export function mqttTransport(options: TransportOptions): Transport {
  return {
    name: `mqtt ${options.mqttVersion === 5 ? "5" : "3.1.1"}`,
    connect: (events, signal) => connect(options, events, signal),
  };
}

async function connect(options: TransportOptions, events: LinkEvents, signal: AbortSignal): Promise<Link> {
  const { clock } = options;
  const client = mqttConnect(options.url, clientOptions(options));
  const cut = () => client.stream.destroy();
  client.on("message", (topic, payload, { properties }) => {
    if (!topic.startsWith(TOPICS.command(""))) return;
    const command = asCommand(parse(payload));
    if (command === undefined) return;
    // MQTT 5, 3.3.2.3.3: what is left of it, in seconds.
    const seconds = properties?.messageExpiryInterval;
    events.onCommand(command, seconds === undefined ? undefined : seconds * 1_000);
  });
  const ended = endOf(client);
  const calls = new PendingCalls(clock, options.callTimeoutMs, cut);
  void ended.then((end) => calls.end(end.reason));

  const connack = await whileConnecting(signal, cut, async () => {
    const accepted = await openingOf(client, ended);
    try {
      await calls.run(() => client.subscribeAsync(TOPICS.commands, { qos: 1 }));
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
      // [MQTT-3.2.2-15] sent all the same, it would cost the connection, again and again.
      if (bytes > (connack.properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY))
        throw new Refusal(0x95, `${bytes} bytes are more than the gateway takes`, { permanent: true });
      await calls.run(() => client.publishAsync(topic, payload, { qos: 1 }).catch(rethrow));
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

function clientOptions({ device, token, tls, ...options }: TransportOptions): IClientOptions {
  return {
    clientId: device,
    username: device,
    ...(token === undefined ? {} : { password: token }),
    ...tls,
    protocolVersion: options.mqttVersion,
    clean: false,
    ...(options.mqttVersion === 5 ? { properties: { sessionExpiryInterval: SESSION_EXPIRY_SECONDS } } : {}),
    // It pings after silence and gives up after one and a half times that.
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

/** A refusing CONNACK, a server's DISCONNECT (MQTT 5), an error, or just the end of the socket. */
function endOf(client: MqttClient): Promise<LinkEnd> {
  let why: LinkEnd | undefined;
  return new Promise((resolve) => {
    client.on("packetreceive", (packet) => {
      if (packet.cmd === "connack") why = endOfConnack(packet as IConnackPacket) ?? why;
    });
    client.on("disconnect", (packet: IDisconnectPacket) => {
      why = endOfDisconnect(packet);
      // MQTT.js leaves it open until the other side closes it.
      client.stream.destroy();
    });
    client.on("error", (error) => {
      why ??= { kind: "lost", reason: error.message };
    });
    client.on("close", () => {
      resolve(why ?? { kind: "lost", reason: "the connection was closed" });
      // Without it MQTT.js would wait for acknowledgements that can't come any more.
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
