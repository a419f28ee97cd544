import { spawn } from "node:child_process";
import type { CommandEvent } from "@fleetlog/domain";
import { cancelCommand, registerDevice, retireDevice } from "@fleetlog/fleet";
import { encodeKuraPayload, KuraDevice, type KuraScenario } from "@fleetlog/simulators";
import { connectAsync, type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { TESTER } from "../support/gateway-parts.ts";
import { protocDecoded, protocEncoded } from "../support/kura-payload.ts";
import { type MqttTestEndpoint, startMqttEndpoint } from "../support/mqtt-endpoint.ts";
import { suiteWith } from "../support/suite-with.ts";

const ACCOUNT = "plant";
let node: MqttTestEndpoint;
let names = 0;
beforeAll(async () => {
  node = await startMqttEndpoint();
});
afterAll(() => node[Symbol.asyncDispose]());

interface Names {
  readonly account: string;
  readonly clientId: string;
  readonly userName: string;
  readonly password: string;
}

async function registered(account = ACCOUNT): Promise<Names & { readonly id: string }> {
  const clientId = `gw-${++names}`;
  const login = { account, clientId, userName: `${clientId}-user`, password: `${clientId}-password` };
  const { id } = await registerDevice(node.fleet, TESTER, { dialect: "kura", login });
  return { ...login, id };
}

async function connected(scenario: KuraScenario = {}, url = node.url) {
  const login = await registered();
  const device = new KuraDevice({ url, ...login, scenario });
  await device.start();
  return { device, id: login.id, login };
}

const raw = ({ clientId, userName: username, password }: Names, url = node.url): Promise<MqttClient> =>
  connectAsync(url, { clientId, username, password, reconnectPeriod: 0, connectTimeout: 5_000 });

async function ended(id: string, command: string): Promise<CommandEvent> {
  return eventually(async () => {
    const found = ((await node.events(id, "command")) as unknown as CommandEvent[]).find(
      ({ type, data }) => data.command === command && (type === "CommandCompleted" || type === "CommandFailed"),
    );
    expect(found).toBeDefined();
    return found as CommandEvent;
  });
}

async function run(id: string, name: string, params?: unknown): Promise<CommandEvent> {
  return ended(id, (await node.issue(id, name, params)).id);
}

const eventsOf = async (id: string) =>
  (await node.events(id, "event")).map(({ data }) => data as { readonly name: string; readonly data: unknown });

describe.each<[string, KuraScenario]>([
  ["as it is", {}],
  ["with gzip, and each reply twice", { gzip: true, repliesTwice: true, emptyWill: true }],
])("a Kura device %s", (_title, scenario) => {
  let device: KuraDevice;
  let id: string;
  beforeAll(async () => {
    ({ device, id } = await connected(scenario));
  });
  afterAll(() => device.stop());

  it("tells its profile, uptime and position at birth", async () => {
    await eventually(async () => {
      const profiles = (await node.events(id, "device")).filter(({ type }) => type === "DeviceProfileReported");
      // APPS says the same, so there is one event.
      expect(profiles).toMatchObject([
        { data: { profile: { model: "ReliaGATE 10-20", serial: "SN-0007", firmware: "25.1.0", os_arch: "arm" } } },
      ]);
    });
    expect(await eventsOf(id)).toMatchObject([
      { name: "birth", data: { uptime: "1234567", position: { latitude: 46.0679, longitude: 11.1211 } } },
    ]);
  });

  it("reports telemetry with its types and its time", async () => {
    const metrics = { temperature: { double: 21.5 }, count: 9_007_199_254_740_993n, on: true, ratio: { float: 0.1 } };
    await device.telemetry("heater/room/1", { metrics, timestamp: 1_700_000_000_000 });
    expect((await node.events(id, "telemetry")).at(-1)).toMatchObject({
      type: "TelemetryReported",
      devicetime: "2023-11-14T22:13:20.000Z",
      data: {
        data: {
          app: "heater",
          resource: "room/1",
          metrics: { temperature: 21.5, count: "9007199254740993", on: true, ratio: 0.1 },
          types: { temperature: "DOUBLE", count: "INT64", on: "BOOL", ratio: "FLOAT" },
        },
      },
    });
  });

  it("runs programs, and says how they failed", async () => {
    expect(await run(id, "exec", { command: "echo", arguments: ["a", "b"] })).toMatchObject({
      type: "CommandCompleted",
      data: { result: { stdout: "a b\n", exitCode: 0, timedOut: false } },
    });
    for (const [command, code, message] of [
      ["false", "exit-1", /exit code 1: it failed/],
      ["sleep", "timed-out", /did not end in time/],
      ["secret", "kura-400", /can't do this request/],
    ] as const) {
      expect(await run(id, "exec", { command })).toMatchObject({
        type: "CommandFailed",
        data: { error: { code, message: expect.stringMatching(message) } },
      });
    }
  });

  it("gives and changes its configuration", async () => {
    const component = "org.eclipse.kura.clock.ClockService";
    const properties = [
      { name: "clock.ntp.port", type: "Integer", value: 124 },
      { name: "clock.ntp.host", type: "String", value: "time.example" },
    ];
    const put = { configurations: [{ pid: component, properties }] };
    expect(await run(id, "configuration.put", put)).toMatchObject({ data: { result: { accepted: true } } });
    const { data } = await run(id, "configuration.get", { component });
    expect(data).toMatchObject({
      result: {
        configurations: [
          {
            pid: component,
            name: "Clock",
            attributes: expect.arrayContaining([expect.objectContaining({ id: "clock.ntp.port", max: "65535" })]),
            properties: expect.arrayContaining(properties),
          },
        ],
      },
    });
    const all = await run(id, "configuration.get");
    expect(JSON.stringify(all)).toContain('"name":"password","type":"Password","value":null');
    expect(JSON.stringify(all)).not.toContain("c2VjcmV0");
  });

  it("downloads, installs, lists and uninstalls a package, and tells its progress", async () => {
    const wanted = { name: "pump", version: "2.0.0" };
    const download = await node.issue(id, "package.download", { ...wanted, url: "https://files.example/pump.dp" });
    expect(await ended(id, download.id)).toMatchObject({
      type: "CommandCompleted",
      data: { result: { download: "completed", size: 4_000_000 } },
    });
    const progress = (await node.events(id, "command")).filter(({ type }) => type === "CommandProgressed");
    expect(progress.at(-1)).toMatchObject({ data: { step: "downloading", percent: expect.any(Number) } });
    expect(await run(id, "package.install", wanted)).toMatchObject({ data: { result: { install: "completed" } } });
    const packages = [expect.objectContaining({ name: "heater" }), expect.objectContaining(wanted)];
    expect(await run(id, "packages.list")).toMatchObject({ data: { result: { packages } } });
    const { data } = await run(id, "bundles.list");
    expect(data).toMatchObject({
      result: { bundles: expect.arrayContaining([expect.objectContaining({ state: "ACTIVE" })]) },
    });
    expect(await run(id, "package.uninstall", { name: "pump" })).toMatchObject({ type: "CommandCompleted" });
    expect(await run(id, "package.uninstall", { name: "pump" })).toMatchObject({
      data: { error: { code: "uninstall-failed", message: "the uninstall has failed: no such package" } },
    });
    const missing = { name: "missing", version: "1", url: "https://files.example/missing.dp" };
    expect(await run(id, "package.download", missing)).toMatchObject({
      data: { error: { code: "download-failed", message: "the download has failed: the file was not found" } },
    });
  });

  it("ends each command once", async () => {
    const events = await node.events(id, "command");
    const ends = events.filter(({ type }) => type === "CommandCompleted" || type === "CommandFailed");
    const issued = events.filter(({ type }) => type === "CommandIssued");
    expect(ends).toHaveLength(issued.length);
    expect(node.logged.filter(({ msg }) => /refused/.test(msg))).toEqual([]);
  });
});

describe("the end of a Kura device's connection", () => {
  const lastSession = async (id: string) => (await node.events(id, "session")).at(-1);

  it("is orderly after MQTT/DC", async () => {
    const { device, id } = await connected();
    await device.stop();
    await eventually(async () =>
      expect(await lastSession(id)).toMatchObject({ type: "SessionClosed", data: { reason: "device-closed" } }),
    );
    expect((await eventsOf(id)).at(-1)).toMatchObject({ name: "disconnect", data: { uptime: "5000" } });
  });

  it.each([true, false])("is told by its will, which may be empty (%s)", async (emptyWill) => {
    const { device, id, login } = await connected({ emptyWill });
    await device.breakOff();
    await eventually(async () =>
      expect(await lastSession(id)).toMatchObject({ type: "SessionClosed", data: { reason: "lost" } }),
    );
    const data = emptyWill ? {} : { client_id: login.clientId };
    await eventually(async () => expect((await eventsOf(id)).at(-1)).toEqual({ name: "will", data }));
  });
});

describe("commands over a reconnection", () => {
  it("are not given twice to a device that was asked to run a program, and the same device goes on", async () => {
    const { device, id, login } = await connected({ silent: true });
    const command = await node.issue(id, "exec", { command: "reboot" });
    await eventually(() => expect(device.requests).toHaveLength(1));
    await eventually(async () => expect((await node.events(id, "command")).at(-1)?.type).toBe("CommandDelivered"));
    await device.breakOff();
    const again = new KuraDevice({ url: node.url, ...login });
    await again.start();
    await eventually(async () =>
      expect((await node.events(id, "command")).at(-1)).toMatchObject({
        type: "CommandProgressed",
        data: { command: command.id, step: "waiting for the answer" },
      }),
    );
    expect(await run(id, "exec", { command: "echo" })).toMatchObject({ type: "CommandCompleted" });
    expect(again.requests).toHaveLength(1);
    await again.stop();
  });

  it("go on at another node that takes the device over", async () => {
    const { device, id, login } = await connected({ stepMs: 100 });
    await using other = await startMqttEndpoint({ beside: node.backbone, gateway: "gateway-2" });
    await device.breakOff();
    const moved = new KuraDevice({ url: other.url, ...login });
    await moved.start();
    const { id: command } = await other.issue(id, "exec", { command: "echo", arguments: ["moved"] });
    expect(await ended(id, command)).toMatchObject({ data: { result: { stdout: "moved\n" } } });
    await moved.stop();
  });

  it("stop a download when its command is cancelled", async () => {
    const { device, id } = await connected({ stepMs: 100 });
    const params = { name: "pump", version: "1", url: "https://files.example/pump.dp" };
    const { id: command } = await node.issue(id, "package.download", params);
    await eventually(() => expect(device.requests).toHaveLength(1));
    await cancelCommand(node.fleet, TESTER, command);
    await eventually(() => expect(device.requests.at(-1)).toMatch(/DEPLOY-V2\/DEL\/download$/));
    await device.stop();
  });

  it("are refused at once if a Kura device has none of that name", async () => {
    const { device, id } = await connected();
    expect(await run(id, "reboot")).toMatchObject({
      type: "CommandFailed",
      data: { error: { code: "unknown-command" } },
    });
    await device.stop();
  });
});

describe("while the log is away", () => {
  it("nothing is lost that is acknowledged, and the device goes on when it is back", async () => {
    const { device, id } = await connected();
    node.backbone.away();
    const sent = device.telemetry("heater", { metrics: { n: 1 } });
    node.backbone.back();
    await sent;
    await eventually(async () => {
      await device.telemetry("heater", { metrics: { n: 2 } });
      expect((await node.events(id, "telemetry")).at(-1)).toMatchObject({ data: { data: { metrics: { n: 2 } } } });
    });
    await device.stop();
  });
});

describe("least privilege of a Kura device", () => {
  it.each<[string, (names: Names, other: Names) => Partial<Names>]>([
    ["another password", () => ({ password: "wrong" })],
    ["another user name", (_names, { userName }) => ({ userName })],
    ["another client id", (_names, { clientId }) => ({ clientId })],
  ])("%s is refused", async (_what, change) => {
    const [one, other] = [await registered(), await registered()];
    await expect(raw({ ...one, ...change(one, other) })).rejects.toThrow();
    expect(await node.events(one.id, "session")).toEqual([]);
  });

  it("topics of another device, account or dialect are refused, counted, and disturb nothing", async () => {
    const [one, other] = [await registered(), await registered("office")];
    await node.register("native-beside");
    const client = await raw(one);
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
    expect(await node.events(other.id, "device")).toHaveLength(1);
    expect(await node.events("native-beside", "telemetry")).toEqual([]);
    const refusal = { device: one.id, msg: expect.stringContaining("refused") };
    await eventually(() => expect(node.logged).toContainEqual(expect.objectContaining(refusal)));
    await client.endAsync();
  });

  it("an answer to another device's command is refused", async () => {
    const [one, other] = [await registered(), await connected({ silent: true })];
    const { id: command } = await node.issue(other.id, "exec", { command: "ls" });
    await eventually(() => expect(other.device.requests).toHaveLength(1));
    const client = await raw(one);
    await client.publishAsync(`$EDC/${ACCOUNT}/fleetlog/CONF-V1/REPLY/${command}`, Buffer.alloc(0), { qos: 1 });
    const types = (await node.events(other.id, "command")).map(({ type }) => type);
    expect(types).not.toContain("CommandFailed");
    await client.endAsync();
    await other.device.stop();
  });

  it("a retired device is disconnected, and can't come back", async () => {
    const { id, login } = await connected();
    await retireDevice(node.fleet, TESTER, id);
    await eventually(async () => expect((await node.events(id, "session")).at(-1)?.type).toBe("SessionClosed"));
    await expect(raw(login)).rejects.toThrow();
  });

  it("what can't be read is refused, and the connection goes on", async () => {
    const one = await registered();
    const client = await raw(one);
    const topic = `${ACCOUNT}/${one.clientId}/app`;
    for (const payload of ["{}", Buffer.from([0x1f, 0x8b, 1]), Buffer.from([0xff])])
      await client.publishAsync(topic, payload, { qos: 1 });
    expect(await node.events(one.id, "telemetry")).toEqual([]);
    await client.publishAsync(topic, Buffer.alloc(0), { qos: 1 });
    expect(await node.events(one.id, "telemetry")).toHaveLength(1);
    await client.endAsync();
  });
});

suiteWith("protoc", "beside protobuf's own compiler", () => {
  it("reads what it encodes, and writes what it decodes", async () => {
    const one = await registered();
    const client = await raw(one);
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
          position: { latitude: 1.5, longitude: -2.25, satellites: 5 },
          metrics: { d: "NaN", f: 0.3, l: "-9223372036854775808", i: -5, b: false, s: "é", y: "AP8=" },
          body: "YWJj",
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
const PAHO = `
import sys
from paho.mqtt.client import CallbackAPIVersion, Client
port, account, client_id, user, password, birth, reply = sys.argv[1:]
client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=4)
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
  it("is a Kura device, whose end is told by its empty will", async () => {
    const one = await registered();
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
      expect(await run(one.id, "exec", { command: "hello" })).toMatchObject({ data: { result: { stdout: "py" } } });
    } finally {
      program.kill("SIGKILL");
    }
    await eventually(async () => expect((await eventsOf(one.id)).at(-1)).toEqual({ name: "will", data: {} }));
    const ends = (await node.events(one.id, "command")).filter(({ type }) => type === "CommandCompleted");
    expect(ends).toHaveLength(1);
  });
});
