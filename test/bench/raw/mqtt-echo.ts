import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync, type MqttClient } from "mqtt";
import { Authority } from "../../support/certificates.ts";
import { startTestNats } from "../../support/nats.ts";

const HOST = "127.0.0.1";
const CALL = "device/call";
const ANSWER = "client/answer";

/** A client and a device on a broker that stores nothing: nats-server's MQTT, QoS 0, both by TLS. */
export interface MqttEcho {
  /** Client to broker to device, and the same way back. */
  roundTrip(payload: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startMqttEcho(): Promise<MqttEcho> {
  const folder = await mkdtemp(join(tmpdir(), "fleetlog-mqtt-"));
  const authority = new Authority();
  const { cert, key } = authority.issue({ names: [HOST], usage: "server" });
  await writeFile(join(folder, "cert.pem"), cert);
  await writeFile(join(folder, "key.pem"), key);
  const port = await freePort();
  const tls = `cert_file: ${JSON.stringify(join(folder, "cert.pem"))}, key_file: ${JSON.stringify(join(folder, "key.pem"))}`;
  const nats = await startTestNats({ extra: `mqtt { host: "${HOST}", port: ${port}, tls { ${tls} } }\n` });
  const connected = (clientId: string) =>
    connectAsync(`mqtts://${HOST}:${port}`, { clientId, ca: authority.cert, protocolVersion: 4, clean: true });
  const device = await connected("device");
  const client = await connected("client");
  device.on("message", (_, payload) => void device.publish(ANSWER, payload));
  await device.subscribeAsync(CALL);
  await client.subscribeAsync(ANSWER);
  return {
    async roundTrip(payload) {
      const answered = nextMessage(client);
      client.publish(CALL, payload);
      if ((await answered) !== payload) throw new Error("the device has answered another call");
    },
    async [Symbol.asyncDispose]() {
      await client.endAsync(true);
      await device.endAsync(true);
      await nats.cleanup();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function nextMessage(client: MqttClient): Promise<string> {
  return new Promise((resolve) => client.once("message", (_, payload) => resolve(payload.toString())));
}

/** nats-server does not report an MQTT port that it chose itself. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, HOST, () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => resolve(port));
    });
  });
}
