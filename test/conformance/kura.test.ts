import { cancelCommand } from "@fleetlog/fleet";
import { KuraDevice, type KuraScenario } from "@fleetlog/simulators";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { TESTER } from "../support/gateway-parts.ts";
import { KuraDevices } from "../support/kura-devices.ts";
import { type MqttTestEndpoint, startMqttEndpoint } from "../support/mqtt-endpoint.ts";

let node: MqttTestEndpoint;
let kura: KuraDevices;
beforeAll(async () => {
  node = await startMqttEndpoint();
  kura = new KuraDevices(node);
});
afterAll(() => node[Symbol.asyncDispose]());

describe.each<[string, KuraScenario]>([
  ["without gzip", {}],
  ["with gzip that sends each reply twice", { gzip: true, repliesTwice: true, emptyWill: true }],
])("a Kura device %s", (_title, scenario) => {
  let device: KuraDevice;
  let id: string;
  beforeAll(async () => {
    ({ device, id } = await kura.connected(scenario));
  });
  afterAll(() => device.stop());

  it("reports its profile, uptime and position in the birth certificate", async () => {
    await eventually(async () => {
      const profiles = (await node.events(id, "device")).filter(({ type }) => type === "DeviceProfileReported");
      // APPS repeats the profile, so only the birth makes an event.
      expect(profiles).toMatchObject([
        { data: { profile: { model: "ReliaGATE 10-20", serial: "SN-0007", firmware: "25.1.0", os_arch: "arm" } } },
      ]);
    });
    expect(await kura.reportedEvents(id)).toMatchObject([
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
          "heater/room/1": { temperature: 21.5, count: "9007199254740993", on: true, ratio: 0.1 },
          $types: { temperature: "DOUBLE", count: "INT64", on: "BOOL", ratio: "FLOAT" },
        },
      },
    });
  });

  it("runs programs, and reports how they failed", async () => {
    expect(await kura.run(id, "exec", { command: "echo", arguments: ["a", "b"] })).toMatchObject({
      type: "CommandCompleted",
      data: { result: { stdout: "a b\n", exitCode: 0, timedOut: false } },
    });
    for (const [command, code, message] of [
      ["false", "exit-1", /exit code 1: it failed/],
      ["sleep", "timed-out", /did not end in time/],
      ["secret", "kura-400", /can't do this request/],
    ] as const) {
      expect(await kura.run(id, "exec", { command })).toMatchObject({
        type: "CommandFailed",
        data: { error: { code, message: expect.stringMatching(message) } },
      });
    }
  });

  it("returns and changes its configuration", async () => {
    const component = "org.eclipse.kura.clock.ClockService";
    const properties = [
      { name: "clock.ntp.port", type: "Integer", value: 124 },
      { name: "clock.ntp.host", type: "String", value: "time.example" },
    ];
    const put = { configurations: [{ pid: component, properties }] };
    expect(await kura.run(id, "configuration.put", put)).toMatchObject({ data: { result: { accepted: true } } });
    const { data } = await kura.run(id, "configuration.get", { component });
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
    const all = await kura.run(id, "configuration.get");
    expect(JSON.stringify(all)).toContain('"name":"password","type":"Password","value":null');
    expect(JSON.stringify(all)).not.toContain("c2VjcmV0");
  });

  it("downloads, installs, lists and uninstalls a package, and reports its progress", async () => {
    const wanted = { name: "pump", version: "2.0.0" };
    const download = await node.issue(id, "package.download", { ...wanted, url: "https://files.example/pump.dp" });
    expect(await kura.ended(id, download.id)).toMatchObject({
      type: "CommandCompleted",
      data: { result: { download: "completed", size: 4_000_000 } },
    });
    const progress = (await node.events(id, "command")).filter(({ type }) => type === "CommandProgressed");
    expect(progress.at(-1)).toMatchObject({ data: { step: "downloading", percent: expect.any(Number) } });
    expect(await kura.run(id, "package.install", wanted)).toMatchObject({ data: { result: { install: "completed" } } });
    const packages = [expect.objectContaining({ name: "heater" }), expect.objectContaining(wanted)];
    expect(await kura.run(id, "packages.list")).toMatchObject({ data: { result: { packages } } });
    const { data } = await kura.run(id, "bundles.list");
    expect(data).toMatchObject({
      result: { bundles: expect.arrayContaining([expect.objectContaining({ state: "ACTIVE" })]) },
    });
    expect(await kura.run(id, "package.uninstall", { name: "pump" })).toMatchObject({ type: "CommandCompleted" });
    expect(await kura.run(id, "package.uninstall", { name: "pump" })).toMatchObject({
      data: { error: { code: "uninstall-failed", message: "the uninstall has failed: no such package" } },
    });
    const missing = { name: "missing", version: "1", url: "https://files.example/missing.dp" };
    expect(await kura.run(id, "package.download", missing)).toMatchObject({
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
    const { device, id } = await kura.connected();
    await device.stop();
    await eventually(async () =>
      expect(await lastSession(id)).toMatchObject({ type: "SessionClosed", data: { reason: "device-closed" } }),
    );
    expect((await kura.reportedEvents(id)).at(-1)).toMatchObject({ name: "disconnect", data: { uptime: "5000" } });
  });

  it.each([true, false])("is detected by its will, which may be empty (%s)", async (emptyWill) => {
    const { device, id, login } = await kura.connected({ emptyWill });
    await device.breakOff();
    await eventually(async () =>
      expect(await lastSession(id)).toMatchObject({ type: "SessionClosed", data: { reason: "lost" } }),
    );
    const data = emptyWill ? {} : { client_id: login.clientId };
    await eventually(async () => expect((await kura.reportedEvents(id)).at(-1)).toEqual({ name: "will", data }));
  });
});

describe("commands over a reconnection", () => {
  it("are not sent again if they run a program; the reconnected device gets later commands", async () => {
    const { device, id, login } = await kura.connected({ silent: true });
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
    expect(await kura.run(id, "exec", { command: "echo" })).toMatchObject({ type: "CommandCompleted" });
    expect(again.requests).toHaveLength(1);
    await again.stop();
  });

  it("continue at another node to which the device connects", async () => {
    const { device, id, login } = await kura.connected({ stepMs: 100 });
    await using other = await startMqttEndpoint({ beside: node.backbone, gateway: "gateway-2" });
    await device.breakOff();
    const moved = new KuraDevice({ url: other.url, ...login });
    await moved.start();
    const { id: command } = await other.issue(id, "exec", { command: "echo", arguments: ["moved"] });
    expect(await kura.ended(id, command)).toMatchObject({ data: { result: { stdout: "moved\n" } } });
    await moved.stop();
  });

  it("stop a download when its command is cancelled", async () => {
    const { device, id } = await kura.connected({ stepMs: 100 });
    const params = { name: "pump", version: "1", url: "https://files.example/pump.dp" };
    const { id: command } = await node.issue(id, "package.download", params);
    await eventually(() => expect(device.requests).toHaveLength(1));
    await cancelCommand(node.fleet, TESTER, command);
    await eventually(() => expect(device.requests.at(-1)).toMatch(/DEPLOY-V2\/DEL\/download$/));
    await device.stop();
  });

  it("are refused at once if Kura has no command of that name", async () => {
    const { device, id } = await kura.connected();
    expect(await kura.run(id, "reboot")).toMatchObject({
      type: "CommandFailed",
      data: { error: { code: "unknown-command" } },
    });
    await device.stop();
  });
});
