import { connect } from "node:tls";
import { connectAsync, type MqttClient } from "mqtt";
import { Client } from "rpc-websockets";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

interface Issued {
  readonly serial: string;
  readonly certificate: string;
  readonly key: string;
}

let stack: Stack;
let first: RunningGateway;
let second: RunningGateway;
let ca: string;

beforeAll(async () => {
  const env = { FLEETLOG_TLS: "auto", FLEETLOG_HTTPS_PORT: "0", FLEETLOG_MQTTS_PORT: "0" };
  stack = await startStack({ gateways: 2, env });
  [first, second] = stack.gateways as [RunningGateway, RunningGateway];
  ca = await authorityOf(first);
});
afterAll(() => stack[Symbol.asyncDispose]());

async function authorityOf({ api }: RunningGateway): Promise<string> {
  return (await fetch(`${api.url}/api/authority`)).text();
}

async function issued(device: string): Promise<Issued> {
  await first.api.register(device);
  return again(device);
}

async function again(device: string): Promise<Issued> {
  return (await first.api.call<Issued>("POST", `/api/devices/${device}/certificates`)).body;
}

function mqtt({ process }: RunningGateway, device: string, { certificate: cert, key }: Issued): Promise<MqttClient> {
  const options = { ca, cert, key, clientId: device, protocolVersion: 5, reconnectPeriod: 0 } as const;
  return connectAsync(`mqtts://localhost:${process.ready.mqttsPort}`, options, false);
}

async function rpc({ process }: RunningGateway, { certificate: cert, key }: Issued): Promise<Client> {
  const options = { reconnect: false, ...({ ca, cert, key } as object) };
  const client = new Client(`wss://localhost:${process.ready.httpsPort}/device`, options);
  await new Promise<void>((resolve, reject) => {
    client.on("open", resolve);
    client.on("error", reject);
  });
  return client;
}

function upgrade({ process }: RunningGateway, { certificate: cert, key }: Issued, session?: Buffer) {
  const socket = connect({
    ...{ host: "localhost", port: Number(process.ready.httpsPort), ca, cert, key, maxVersion: "TLSv1.2" },
    ...(session !== undefined && { session }),
  });
  const headers = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13";
  const nonce = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  socket.write(`GET /device HTTP/1.1\r\nHost: gateway\r\n${headers}\r\n${nonce}\r\n\r\n`);
  return new Promise<{ status: string | undefined; reused: boolean; session: Buffer | undefined }>(
    (resolve, reject) => {
      socket.once("data", (answer: Buffer) => {
        const status = /^HTTP\/1\.1 (\d+)/.exec(answer.toString())?.[1];
        resolve({ status, reused: socket.isSessionReused(), session: socket.getSession() });
        socket.destroy();
      });
      socket.once("error", reject);
    },
  );
}

async function expectRefused(device: string, shown: Issued): Promise<void> {
  for (const gateway of [first, second]) {
    await expect(mqtt(gateway, device, shown)).rejects.toMatchObject({ code: 0x87 });
    await expect(rpc(gateway, shown)).rejects.toThrow(/401/);
  }
}

describe("certificates on two gateways", () => {
  it("are issued by one authority, as are the certificates of both servers", async () => {
    expect(await authorityOf(second)).toBe(ca);
    const shown = await issued("both");
    for (const gateway of [first, second]) {
      const client = await rpc(gateway, shown);
      expect(await client.call("telemetry.report", { data: { t: 1 } })).toMatchObject({ seq: expect.any(Number) });
      client.close();
    }
  });

  it("end the session on the other gateway, by MQTT, when they are revoked, and are then refused", async () => {
    const shown = await issued("by-mqtt");
    const client = await mqtt(second, "by-mqtt", shown);
    const ended = new Promise<number>((resolve) =>
      client.on("disconnect", ({ reasonCode }) => resolve(reasonCode ?? 0)),
    );
    await first.api.call("DELETE", `/api/devices/by-mqtt/certificates/${shown.serial}`);
    expect(await ended).toBe(0x87);
    await expectRefused("by-mqtt", shown);
    await eventually(async () => {
      // The session may end before the revocation is stored.
      const closed = (await first.api.events("by-mqtt")).find(({ type }) => type === "SessionClosed");
      expect(closed).toMatchObject({ data: { reason: "certificate-ended" } });
    });
  });

  it("end the WebSocket session on the other gateway when they are revoked; a resumed TLS session is refused", async () => {
    const shown = await issued("by-rpc");
    const { session } = await upgrade(second, shown);
    expect(await upgrade(second, shown, session)).toMatchObject({ status: "101", reused: true });
    const client = await rpc(second, shown);
    const ended = new Promise<number>((resolve) => client.on("close", resolve));
    await first.api.call("DELETE", `/api/devices/by-rpc/certificates/${shown.serial}`);
    expect(await ended).toBe(1008);
    expect(await upgrade(second, shown, session)).toMatchObject({ status: "401", reused: true });
    await expectRefused("by-rpc", shown);
  });

  it("end the session of a retired device, and stay revoked when its id is registered again", async () => {
    const old = await issued("phoenix");
    const client = await mqtt(second, "phoenix", old);
    const ended = new Promise<void>((resolve) => client.on("disconnect", () => resolve()));
    await first.api.call("DELETE", "/api/devices/phoenix");
    await ended;
    await expectRefused("phoenix", old);
    const next = await issued("phoenix");
    await expectRefused("phoenix", old);
    await (await mqtt(second, "phoenix", next)).endAsync();
    await expectRefused("phoenix", old);
  });

  it("do not end the session of the device's other certificate when they are revoked", async () => {
    const [old, kept] = [await issued("two"), await again("two")];
    const client = await rpc(second, kept);
    await first.api.call("DELETE", `/api/devices/two/certificates/${old.serial}`);
    await expectRefused("two", old);
    expect(await client.call("telemetry.report", { data: { t: 1 } })).toMatchObject({ seq: expect.any(Number) });
    client.close();
  });
});
