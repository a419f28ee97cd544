import { spawn } from "node:child_process";
import { retireDevice } from "@fleetlog/fleet";
import { encodeKuraPayload } from "@fleetlog/simulators";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { TESTER } from "../support/gateway-parts.ts";
import { ACCOUNT, KuraDevices, type KuraNames } from "../support/kura-devices.ts";
import { protocDecoded, protocEncoded } from "../support/kura-payload.ts";
import { type MqttTestEndpoint, startMqttEndpoint } from "../support/mqtt-endpoint.ts";
import { PAHO_CLIENT } from "../support/paho.ts";
import { suiteWith } from "../support/suite-with.ts";

let node: MqttTestEndpoint;
let kura: KuraDevices;
beforeAll(async () => {
  node = await startMqttEndpoint();
  kura = new KuraDevices(node);
});
afterAll(() => node[Symbol.asyncDispose]());

describe("while the log is away", () => {
  it("no acknowledged message is lost, and the device continues once the log is back", async () => {
    const { device, id } = await kura.connected();
    node.backbone.away();
    const sent = device.telemetry("heater", { metrics: { n: 1 } });
    node.backbone.back();
    await sent;
    await eventually(async () => {
      await device.telemetry("heater", { metrics: { n: 2 } });
      expect((await node.events(id, "telemetry")).at(-1)).toMatchObject({ data: { data: { heater: { n: 2 } } } });
    });
    await device.stop();
  });
});

describe("least privilege of a Kura device", () => {
  it.each<[string, (names: KuraNames, other: KuraNames) => Partial<KuraNames>]>([
    ["another password", () => ({ password: "wrong" })],
    ["another user name", (_names, { userName }) => ({ userName })],
    ["another client id", (_names, { clientId }) => ({ clientId })],
  ])("%s is refused", async (_what, change) => {
    const [one, other] = [await kura.registered(), await kura.registered()];
    await expect(kura.raw({ ...one, ...change(one, other) })).rejects.toThrow();
    expect(await node.events(one.id, "session")).toEqual([]);
  });

  it("topics of another device, account or dialect are refused and counted, and nobody else is affected", async () => {
    const [one, other] = [await kura.registered(), await kura.registered("office")];
    await node.register("native-beside");
    const client = await kura.raw(one);
    const { account, clientId } = one;
    const topics = [
      `$EDC/${account}/${other.clientId}/MQTT/BIRTH`,
      `$EDC/office/${other.clientId}/MQTT/BIRTH`,
      `$EDC/office/${clientId}/MQTT/BIRTH`,
      `office/${other.clientId}/app`,
      `$EDC/${account}/fleetlog/DEPLOY-V2/NOTIFY/${other.clientId}/download`,
      "me/telemetry",
      "server/x/get_gpio",
    ];
    for (const topic of topics) await client.publishAsync(topic, Buffer.alloc(0), { qos: 1 });
    for (const topic of ["#", "$EDC/#", `$EDC/${account}/#`, `$EDC/office/${other.clientId}/#`, "me/#"]) {
      const [granted] = await client.subscribeAsync(topic, { qos: 1 }).catch(() => []);
      expect(granted === undefined || granted.qos === 128).toBe(true);
    }
    const counted = { device: one.id, filter: "$EDC/#", count: 1, msg: "a subscription was refused" };
    expect(node.logged).toContainEqual(expect.objectContaining(counted));
    expect(await node.events(other.id, "device")).toHaveLength(1);
    expect(await node.events("native-beside", "telemetry")).toEqual([]);
    const refusal = { device: one.id, msg: expect.stringContaining("refused") };
    await eventually(() => expect(node.logged).toContainEqual(expect.objectContaining(refusal)));
    await client.endAsync();
  });

  it("an answer to another device's command is refused", async () => {
    const [one, other] = [await kura.registered(), await kura.connected({ silent: true })];
    const { id: command } = await node.issue(other.id, "exec", { command: "ls" });
    await eventually(() => expect(other.device.requests).toHaveLength(1));
    const client = await kura.raw(one);
    await client.publishAsync(`$EDC/${ACCOUNT}/fleetlog/CONF-V1/REPLY/${command}`, Buffer.alloc(0), { qos: 1 });
    const types = (await node.events(other.id, "command")).map(({ type }) => type);
    expect(types).not.toContain("CommandFailed");
    await client.endAsync();
    await other.device.stop();
  });

  it("a retired device is disconnected, and can't connect again", async () => {
    const { id, login } = await kura.connected();
    await retireDevice(node.fleet, TESTER, id);
    await eventually(async () => expect((await node.events(id, "session")).at(-1)?.type).toBe("SessionClosed"));
    await expect(kura.raw(login)).rejects.toThrow();
  });

  it("an unreadable message is refused, and the connection stays open", async () => {
    const one = await kura.registered();
    const client = await kura.raw(one);
    const topic = `${ACCOUNT}/${one.clientId}/app`;
    for (const payload of ["{}", Buffer.from([0x1f, 0x8b, 1]), Buffer.from([0xff])])
      await client.publishAsync(topic, payload, { qos: 1 });
    expect(await node.events(one.id, "telemetry")).toEqual([]);
    await client.publishAsync(topic, Buffer.alloc(0), { qos: 1 });
    expect(await node.events(one.id, "telemetry")).toHaveLength(1);
    await client.endAsync();
  });
});

suiteWith("protoc", "compared with protobuf's own compiler", () => {
  it("reads its encoding, and writes what it can decode", async () => {
    const one = await kura.registered();
    const client = await kura.raw(one);
    const text = `timestamp: 1700000000000
position { latitude: 1.5 longitude: -2.25 satellites: 5 }
metric { name: "d" type: DOUBLE double_value: nan }
metric { name: "f" type: FLOAT float_value: 0.3 }
metric { name: "l" type: INT64 long_value: -9223372036854775808 }
metric { name: "i" type: INT32 int_value: -5 }
metric { name: "b" type: BOOL bool_value: false }
metric { name: "s" type: STRING string_value: "\\303\\251" }
metric { name: "y" type: BYTES bytes_value: "\\000\\377" }
body: "abc"`;
    await client.publishAsync(`${ACCOUNT}/${one.clientId}/app`, protocEncoded(text), { qos: 1 });
    expect((await node.events(one.id, "telemetry")).at(-1)).toMatchObject({
      data: {
        data: {
          $position: { latitude: 1.5, longitude: -2.25, satellites: 5 },
          app: { d: "NaN", f: 0.3, l: "-9223372036854775808", i: -5, b: false, s: "é", y: "AP8=" },
          $body: "YWJj",
        },
      },
    });
    const received = new Promise<Buffer>((resolve) => client.once("message", (_topic, payload) => resolve(payload)));
    await client.subscribeAsync(`$EDC/${ACCOUNT}/${one.clientId}/#`, { qos: 1 });
    const params = { name: "p", version: "1", url: "https://files.example/p.dp", timeout: 7 };
    const { id: command } = await node.issue(one.id, "package.download", params);
    const decoded = protocDecoded(await received).replaceAll(/\s+/g, " ");
    expect(decoded).toContain(`metric { name: "request.id" type: STRING string_value: "${command}" }`);
    expect(decoded).toContain('metric { name: "dp.install" type: BOOL bool_value: false }');
    expect(decoded).toContain('metric { name: "dp.download.timeout" type: INT32 int_value: 7 }');
    expect(decoded).toMatch(/metric \{ name: "job.id" type: INT64 long_value: \d+ \}/);
    await client.endAsync();
  });
});

/** Publishes a birth, and answers each request with the same reply, twice. The request's id is found as the wire has it. */
const PAHO = `${PAHO_CLIENT}
import sys
port, account, client_id, user, password, birth, reply = sys.argv[1:]
client = new_client(client_id=client_id, protocol=4)
client.username_pw_set(user, password)
client.will_set(f"$EDC/{account}/{client_id}/MQTT/LWT", b"", 0)
def connected(client, *_):
    client.subscribe(f"$EDC/{account}/{client_id}/#", 1)
    client.publish(f"$EDC/{account}/{client_id}/MQTT/BIRTH", bytes.fromhex(birth), 1)
def received(client, _, message):
    app = message.topic.split("/")[3]
    at = message.payload.index(b"request.id") + 12
    request = message.payload[at + 2 : at + 2 + message.payload[at + 1]].decode()
    for _ in range(2):
        client.publish(f"$EDC/{account}/fleetlog/{app}/REPLY/{request}", bytes.fromhex(reply), 0)
client.on_connect = connected
client.on_message = received
client.connect("127.0.0.1", int(port), 30)
client.loop_forever()`;

suiteWith("paho-python", "a program of paho for Python", () => {
  it("is accepted as a Kura device, and its loss is detected by its empty will", async () => {
    const one = await kura.registered();
    const birth = encodeKuraPayload({ metrics: { model_name: "PY-1", uptime: "1" } }).toString("hex");
    const reply = encodeKuraPayload({
      metrics: { "response.code": 200, "command.stdout": "py", "command.exit.code": 0 },
    });
    const names = [ACCOUNT, one.clientId, one.userName, one.password];
    const program = spawn("python3", ["-c", PAHO, `${node.port}`, ...names, birth, reply.toString("hex")]);
    try {
      await eventually(async () =>
        expect((await node.events(one.id, "device")).at(-1)).toMatchObject({ data: { profile: { model: "PY-1" } } }),
      );
      expect(await kura.run(one.id, "exec", { command: "hello" })).toMatchObject({
        data: { result: { stdout: "py" } },
      });
    } finally {
      program.kill("SIGKILL");
    }
    await eventually(async () =>
      expect((await kura.reportedEvents(one.id)).at(-1)).toEqual({ name: "will", data: {} }),
    );
    const ends = (await node.events(one.id, "command")).filter(({ type }) => type === "CommandCompleted");
    expect(ends).toHaveLength(1);
  });
});
