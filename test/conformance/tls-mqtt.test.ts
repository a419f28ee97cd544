import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authority, type Issued } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { onceOf } from "../support/once.ts";
import { startTlsGateway, type TlsGateway } from "../support/tls-gateway.ts";

const HOUR = 3_600_000;
const VERSIONS = [
  ["3.1.1", 4],
  ["5", 5],
] as const;
const NOT_AUTHORISED = { 4: 5, 5: 0x87 } as const;
const BAD_PASSWORD = { 4: 4, 5: 0x86 } as const;

let node: TlsGateway;
let certificate: Issued;
let token: string;

beforeAll(async () => {
  node = await startTlsGateway();
  token = await node.api.register("pump-1");
  await node.api.register("pump-2");
  certificate = node.authority.issue({ names: ["pump-1"] });
});
afterAll(() => node[Symbol.asyncDispose]());

type Shown = Pick<Issued, "cert" | "key"> | undefined;

function open(shown: Shown, protocolVersion: 4 | 5, more: IClientOptions = {}): Promise<MqttClient> {
  const client = connect(more.host === undefined ? node.mqtts : "", {
    ca: node.authority.cert,
    ...(shown !== undefined && { cert: shown.cert, key: shown.key }),
    clientId: "pump-1",
    protocolVersion,
    reconnectPeriod: 0,
    ...more,
  });
  return new Promise((resolve, reject) => {
    client.once("connect", () => resolve(client));
    client.once("error", reject);
    client.once("close", () => reject(new Error("closed without an answer")));
  });
}

async function refusal(
  shown: Shown,
  version: 4 | 5,
  more?: IClientOptions,
): Promise<{ code?: unknown; message: string }> {
  const client = await open(shown, version, more).catch((error: Error) => error);
  if (client instanceof Error) return client;
  await client.endAsync(true);
  throw new Error("it was accepted");
}

const telemetry = async (device: string) => {
  const { body } = await node.api.call<{ items: { data: unknown }[] }>(
    "GET",
    `/api/devices/${device}/events?category=telemetry&order=desc&limit=1`,
  );
  return body.items[0]?.data;
};

describe.each(VERSIONS)("a client certificate in MQTT %s", (_name, version) => {
  it("logs its device in without user name and password", async () => {
    const client = await open(certificate, version);
    const data = { version, at: Date.now() };
    await client.publishAsync("me/telemetry", JSON.stringify({ data }), { qos: 1 });
    await client.endAsync();
    expect(await telemetry("pump-1")).toMatchObject({ data });
  });

  it("may be combined with the device's user name and token", async () => {
    const client = await open(certificate, version, { username: "pump-1", password: token });
    await client.endAsync();
    expect(await refusal(certificate, version, { username: "pump-1", password: "wrong" })).toMatchObject({
      code: BAD_PASSWORD[version],
    });
  });

  it("can't be used for another device", async () => {
    const refused = { code: NOT_AUTHORISED[version] };
    expect(await refusal(certificate, version, { clientId: "pump-2" })).toMatchObject(refused);
    expect(await refusal(certificate, version, { username: "pump-2" })).toMatchObject(refused);
  });

  it.each([
    [
      "of another authority",
      () => new Authority("Other CA").issue({ names: ["pump-1"] }),
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ],
    [
      "of an authority of the same name",
      () => new Authority("Device CA").issue({ names: ["pump-1"] }),
      "CERT_SIGNATURE_FAILURE",
    ],
    [
      "that has expired",
      () => issue({ notBefore: new Date(Date.now() - 2 * HOUR), notAfter: new Date(Date.now() - HOUR) }),
      "CERT_HAS_EXPIRED",
    ],
    ["that is not valid yet", () => issue({ notBefore: new Date(Date.now() + HOUR / 2) }), "CERT_NOT_YET_VALID"],
    ["for servers", () => issue({ usage: "server" }), "INVALID_PURPOSE"],
    ["with two names", () => issue({ names: ["pump-1", "pump-2"] }), "NO_DEVICE_NAME"],
    ["without a name", () => issue({ names: [] }), "NO_DEVICE_NAME"],
    ["with a name that is no id", () => issue({ names: ["pump-1\0"] }), "NO_DEVICE_NAME"],
  ])("%s is refused, even with a valid token", async (_what, make, reason) => {
    const before = node.logged.length;
    const refused = await refusal(make(), version, { username: "pump-1", password: token });
    expect(refused.code).toBe(NOT_AUTHORISED[version]);
    expect(node.logged.slice(before)).toContainEqual(
      expect.objectContaining({ code: reason, msg: "a client certificate is refused", peer: expect.anything() }),
    );
    expect(await node.metrics(`fleetlog_client_certificates_refused_total{reason="${reason}"}`)).toHaveLength(1);
  });

  it("is refused for a device that is not registered or was retired", async () => {
    const refused = { code: NOT_AUTHORISED[version] };
    const device = `old-${version}`;
    const old = node.authority.issue({ names: [device] });
    expect(await refusal(old, version, { clientId: device })).toMatchObject(refused);
    await node.api.register(device);
    const client = await open(old, version, { clientId: device });
    const closed = onceOf(client, "close");
    await node.api.call("DELETE", `/api/devices/${device}`);
    await closed;
    expect(await refusal(old, version, { clientId: device })).toMatchObject(refused);
  });

  it("may be signed by an intermediate authority, and have no extended key usage", async () => {
    const below = new Authority("Plant CA", node.authority);
    const { cert, key } = below.issue({ names: ["pump-1"], usage: "any" });
    await (await open({ cert: cert + below.cert, key }, version)).endAsync();
    expect(await refusal({ cert, key }, version)).toMatchObject({ code: NOT_AUTHORISED[version] });
  });

  it("is not needed for a log-in with a token", async () => {
    await (await open(undefined, version, { username: "pump-1", password: token })).endAsync();
    expect(await refusal(undefined, version, { username: "pump-1", password: "wrong" })).toMatchObject({
      code: BAD_PASSWORD[version],
    });
    expect((await refusal(undefined, version)).code).toBe(BAD_PASSWORD[version]);
  });

  it("works over WebSocket too", async () => {
    const options = { protocol: "wss", host: "127.0.0.1", port: node.gateway.httpsPort ?? 0, path: "/mqtt" } as const;
    await (await open(certificate, version, options)).endAsync();
    const other = new Authority("Other CA").issue({ names: ["pump-1"] });
    expect(await refusal(other, version, options)).toMatchObject({ code: NOT_AUTHORISED[version] });
  });

  it("keeps its session after a token rotation", async () => {
    const device = `renewed-${version}`;
    await node.api.register(device);
    const client = await open(node.authority.issue({ names: [device] }), version, { clientId: device });
    expect((await node.api.call("POST", `/api/devices/${device}/token`)).status).toBe(200);
    await client.publishAsync("me/telemetry", '{"data":{"after":true}}', { qos: 1 });
    await client.endAsync();
    expect(await telemetry(device)).toMatchObject({ data: { after: true } });
  });
});

describe("an intermediate authority without its root", () => {
  it("is trusted, unlike its root and the root's other authorities", async () => {
    const root = new Authority("Company CA");
    const plant = new Authority("Plant CA", root);
    await using own = await startTlsGateway({ clientCa: plant.cert });
    const password = await own.api.register("pump-1");
    const port = {
      host: "127.0.0.1",
      port: own.gateway.mqttsPort ?? 0,
      protocol: "mqtts",
      ca: own.authority.cert,
    } as const;
    const { cert, key } = plant.issue({ names: ["pump-1"] });
    await (await open({ cert, key }, 5, port)).endAsync();
    await (await open({ cert: cert + plant.cert, key }, 5, port)).endAsync();
    for (const other of [root, new Authority("Other plant CA", root)]) {
      const foreign = other.issue({ names: ["pump-1"] });
      const shown = { cert: foreign.cert + other.cert, key: foreign.key };
      const refused = { code: NOT_AUTHORISED[5] };
      expect(await refusal(shown, 5, { ...port, username: "pump-1", password })).toMatchObject(refused);
    }
    await own.replace("ca", root.cert);
    await eventually(async () => void (await (await open({ cert: cert + plant.cert, key }, 5, port)).endAsync()));
    await own.replace("ca", plant.cert);
    await eventually(async () => void (await (await open({ cert, key }, 5, port)).endAsync()));
  });

  it("with revocation lists is refused at the start, because they can't be checked", async () => {
    const plant = new Authority("Plant CA", new Authority("Company CA"));
    await expect(startTlsGateway({ clientCa: plant.cert, clientCrl: plant.revoke([]) })).rejects.toMatchObject({
      field: "FLEETLOG_TLS_CLIENT_CA",
      message: expect.stringContaining("CN=Plant CA is signed by an authority that the file lacks"),
    });
  });
});

describe("a client certificate", () => {
  it("replaces an empty client id with the device's id, which CONNACK names in MQTT 5", async () => {
    const five = connect(node.mqtts, { ...options(), clientId: "", protocolVersion: 5, clean: true });
    const connack = await onceOf(five, "connect");
    await five.endAsync();
    expect(connack).toMatchObject({ properties: { assignedClientIdentifier: "pump-1" } });
    await (await open(certificate, 4, { clientId: "", clean: true })).endAsync();
  });

  it("is refused with a reason string in MQTT 5", async () => {
    const client = connect(node.mqtts, { ...options(), ...issue({ usage: "server" }), protocolVersion: 5 });
    const connack = await onceOf(client, "packetreceive");
    await eventually(() => expect(client.connected).toBe(false));
    await client.endAsync(true);
    expect(connack).toMatchObject({
      cmd: "connack",
      reasonCode: 0x87,
      properties: {
        reasonString: "the client certificate is refused: its extended key usage does not allow client authentication",
      },
    });
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "is checked in every connection: %s sessions are not resumed",
    async (maxVersion) => {
      let session: Buffer | undefined;
      const reused: boolean[] = [];
      for (let count = 0; count < 2; count++) {
        const { ca, cert, key } = options();
        const port = node.gateway.mqttsPort ?? 0;
        const socket = connectTls({ port, host: "127.0.0.1", ca, cert, key, maxVersion, ...(session && { session }) });
        socket.on("session", (given) => {
          session = given;
        });
        await once(socket, "secureConnect");
        reused.push(socket.isSessionReused());
        // PINGREQ before CONNECT closes the connection after the handshake.
        socket.resume().end(Buffer.from([0xc0, 0]));
        await once(socket, "close");
      }
      expect(reused).toEqual([false, false]);
    },
  );
});

function issue(more: Partial<Parameters<Authority["issue"]>[0]>): Issued {
  return node.authority.issue({ names: ["pump-1"], ...more });
}

function options() {
  const { cert, key } = certificate;
  return { ca: node.authority.cert, cert, key, clientId: "pump-1", reconnectPeriod: 0 };
}
