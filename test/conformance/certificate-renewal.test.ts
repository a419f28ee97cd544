import { execFileSync } from "node:child_process";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAgent, identityFile, writeIdentityFile } from "@fleetlog/agent";
import { connectAsync, type MqttClient } from "mqtt";
import { Client } from "rpc-websockets";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startTlsGateway, type TlsGateway } from "../support/tls-gateway.ts";

const AUTO = { FLEETLOG_TLS: "auto", FLEETLOG_TLS_CERT: "", FLEETLOG_TLS_KEY: "", FLEETLOG_TLS_CLIENT_CA: "" };
const HUNDRED_YEARS = 100 * 365 * 86_400_000;

interface Pair {
  readonly certificate: string;
  readonly key: string;
}

let folder: string;
let node: TlsGateway;
let ca: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleetlog-renewal-"));
  node = await startTlsGateway({ env: AUTO });
  ca = await (await fetch(`http://127.0.0.1:${node.gateway.httpPort}/api/authority`)).text();
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function issued(device: string): Promise<Pair & { readonly token: string; readonly serial: string }> {
  const token = await node.api.register(device);
  const { body } = await node.api.call("POST", `/api/devices/${device}/certificates`);
  return { ...(body as Pair & { serial: string }), token };
}

async function request(name: string): Promise<{ readonly csr: string; readonly key: string }> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  const file = join(folder, `${name}.key`);
  await writeFile(file, key);
  const csr = execFileSync("openssl", ["req", "-new", "-key", file, "-subj", `/CN=${name}`]).toString();
  return { csr, key };
}

async function stockRpc({ certificate, key }: Pair): Promise<Client> {
  const options = { reconnect: false, ...({ ca, cert: certificate, key } as object) };
  const client = new Client(`wss://localhost:${node.gateway.httpsPort}/device`, options);
  await new Promise<void>((resolve, reject) => {
    client.on("open", resolve);
    client.on("error", reject);
  });
  return client;
}

async function report(pair: Pair): Promise<void> {
  const client = await stockRpc(pair);
  expect(await client.call("telemetry.report", { data: { t: 1 } })).toMatchObject({ seq: expect.any(Number) });
  client.close();
}

function stockMqtt(device: string, protocolVersion: 4 | 5, login: object): Promise<MqttClient> {
  const options = { ca, clientId: device, protocolVersion, reconnectPeriod: 0, clean: true };
  return connectAsync(`mqtts://localhost:${node.gateway.mqttsPort}`, { ...options, ...login });
}

/** Resolves with the answer. An MQTT 5 PUBACK may have the same error. */
async function renewByMqtt(client: MqttClient, payload: string): Promise<unknown> {
  await client.subscribeAsync("me/certificate", { qos: 1 });
  const answer = new Promise<unknown>((resolve) =>
    client.once("message", (topic, message) => resolve({ topic, ...JSON.parse(message.toString()) })),
  );
  await client.publishAsync("me/certificate/renew", payload, { qos: 1 }).catch(() => undefined);
  return answer;
}

describe("a device's renewal of its certificate over its own connection", () => {
  it("works by JSON-RPC, and the earlier certificate stays valid", async () => {
    const first = await issued("rpc-1");
    const { csr, key } = await request("rpc-1");
    const client = await stockRpc(first);
    const renewed = (await client.call("certificate.renew", { csr })) as { certificate: string; ca: string };
    client.close();
    expect(new X509Certificate(renewed.certificate).subject).toBe("CN=rpc-1");
    expect(renewed).toEqual({ certificate: renewed.certificate, ca });
    await report({ ...renewed, key });
    await report(first);
    const events = await node.api.events("rpc-1");
    expect(events.filter(({ type }) => type === "DeviceCertificateIssued")).toMatchObject([
      { data: { serial: first.serial, by: "admin" } },
      { source: "/devices/rpc-1", data: { renews: first.serial, by: "rpc-1", device: "rpc-1" } },
    ]);
  });

  it.each([4, 5] as const)("works by MQTT, version %s", async (version) => {
    const device = `mqtt-${version}`;
    const { certificate: cert, key: ownKey } = await issued(device);
    const { csr, key } = await request(device);
    const client = await stockMqtt(device, version, { cert, key: ownKey });
    const answer = (await renewByMqtt(client, JSON.stringify({ csr }))) as Pair & { topic: string };
    expect(answer).toMatchObject({ topic: "me/certificate", ca });
    await client.endAsync();
    await report({ ...answer, key });

    const again = await stockMqtt(device, version, { cert, key: ownKey });
    const other = await request("another-device");
    expect(await renewByMqtt(again, JSON.stringify({ csr: other.csr }))).toMatchObject({
      error: { code: "invalid-request", message: expect.stringContaining(`exactly the common name ${device}`) },
    });
    expect(await renewByMqtt(again, "{}")).toMatchObject({ error: { code: "invalid-request" } });
    await again.endAsync();
  });

  it("is refused with a token alone, because the certificate would outlive the token", async () => {
    const { token } = await issued("by-token");
    const { csr } = await request("by-token");
    const client = await stockMqtt("by-token", 5, { username: "by-token", password: token });
    expect(await renewByMqtt(client, JSON.stringify({ csr }))).toMatchObject({ error: { code: "forbidden" } });
    await client.endAsync();
  });

  it("is refused with too many valid certificates", async () => {
    const first = await issued("greedy");
    const { csr } = await request("greedy");
    const client = await stockRpc(first);
    for (let count = 2; count <= 16; count++) await client.call("certificate.renew", { csr });
    await expect(client.call("certificate.renew", { csr })).rejects.toMatchObject({ data: { code: "limit-reached" } });
    client.close();
    const events = await node.api.events("greedy");
    expect(events.filter(({ type }) => type === "DeviceCertificateIssued")).toHaveLength(16);
  });
});

describe.each([
  ["JSON-RPC", 5, () => `wss://localhost:${node.gateway.httpsPort}/device`],
  ["MQTT 5", 5, () => `mqtts://localhost:${node.gateway.mqttsPort}`],
  ["MQTT 3.1.1", 4, () => `mqtts://localhost:${node.gateway.mqttsPort}`],
] as const)("an agent with an identity file, by %s", (name, mqttVersion, url) => {
  it.each([true, false])(
    "renews before the end, stores the new certificate and uses it; with a new key: %s",
    async (newKey) => {
      const device = `agent-${name.replaceAll(/\W/g, "-")}-${newKey}`;
      const first = await issued(device);
      const path = join(folder, `${device}.pem`);
      writeIdentityFile(path, { cert: first.certificate, key: first.key });
      const identity = identityFile(path, { newKey });
      const address = { url: url(), mqttVersion, device, tls: { ca } };
      const agent = createAgent({ ...address, identity, renewBeforeMs: HUNDRED_YEARS, random: () => 0 });
      const renewed = new Promise<void>((resolve) => agent.once("renewed", () => resolve()));
      agent.start();
      await renewed;
      const serial = new X509Certificate(identity.current.cert).serialNumber.toLowerCase();
      expect(serial).not.toBe(first.serial);
      expect(await readFile(path, "utf8")).toBe(identity.current.key + identity.current.cert);
      expect(identity.current.key === first.key).toBe(!newKey);

      await node.api.call("DELETE", `/api/devices/${device}/certificates/${first.serial}`);
      agent.report({ after: "renewal" });
      await eventually(async () => {
        const { body } = await node.api.call("GET", `/api/devices/${device}/events?category=telemetry`);
        expect(body).toMatchObject({ items: [{ data: { data: { after: "renewal" } } }] });
      });
      await agent.stop();
      expect(identityFile(path).current).toEqual(identity.current);
    },
  );
});
