import { setImmediate as turn } from "node:timers/promises";
import { FleetError } from "@fleetlog/domain";
import type { CommandMessage } from "@fleetlog/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import type { AuthorizedMqtt } from "../dialects.ts";
import { Dialects } from "../dialects.ts";
import type { MqttConversation, MqttMessage } from "../mqtt-dialect.ts";
import { kura } from "./index.ts";
import { decodePayload } from "./payload/codec.ts";
import { FakeConnection, type GivenMetric, payloadOf } from "./testing/device.ts";

const names = { by: "names", clientId: "gw-1", userName: "u", password: "p" } as const;
const device = { device: "acme:gw-1", dialect: "kura", login: "gw-1", account: "acme", credential: names };
const REPLY = "$EDC/acme/fleetlog";

let dialect: AuthorizedMqtt;
let connection: FakeConnection;
let conversation: MqttConversation;
beforeEach(() => {
  dialect = new Dialects([kura]).mqttOf(device);
  connection = new FakeConnection();
  conversation = dialect.converse(device, connection);
});

function receive(topic: string, metrics: Readonly<Record<string, GivenMetric>> = {}, body?: string) {
  const found = dialect.publishTopics.find(topic, conversation.names);
  if (found === undefined) throw new FleetError("forbidden", "no such topic");
  return found.read(payloadOf(metrics, body), topic, conversation);
}

function send(name: string, params: unknown = null, deliveries = 0, id = "c1"): MqttMessage | undefined {
  const message: CommandMessage = { id, name, params, deadline: "2026-01-01T00:00:00Z" };
  return conversation.command(message, deliveries);
}

function sent(message: MqttMessage | undefined) {
  if (message === undefined) throw new Error("nothing was sent");
  const { metrics, body, timestamp } = decodePayload(message.payload as Buffer);
  const values = Object.fromEntries([...metrics].map(([name, { value }]) => [name, value]));
  return { topic: message.topic, values, timestamp, body: body && Buffer.from(body).toString() };
}

const result = (value: object) => ({ kind: "command-result", result: { id: "c1", ...value } });
const failed = (code: string, message: unknown) => result({ ok: false, error: { code, message } });

async function reported() {
  await turn();
  return connection.reported;
}

describe("topics of a Kura device", () => {
  const publishes = (topic: string) => dialect.publishTopics.find(topic, conversation.names) !== undefined;
  const reads = (filter: string) => dialect.subscribeTopics.find(filter, conversation.names) !== undefined;

  it("are those of its own account and client id", () => {
    const own = ["$EDC/acme/gw-1/MQTT/BIRTH", "$EDC/acme/gw-1/ALERT/door", "acme/gw-1/app", "acme/gw-1/app/a/b"];
    const answers = [`${REPLY}/CMD-V1/REPLY/c1`, `${REPLY}/DEPLOY-V2/NOTIFY/gw-1/download`];
    expect([...own, ...answers].filter(publishes)).toEqual([...own, ...answers]);
    const others = [
      "$EDC/acme/gw-2/MQTT/BIRTH",
      "$EDC/other/gw-1/MQTT/BIRTH",
      "$EDC/acme/fleetlog/MQTT/BIRTH",
      "$EDC/other/fleetlog/CMD-V1/REPLY/c1",
      `${REPLY}/DEPLOY-V2/NOTIFY/gw-2/download`,
      "acme/gw-2/app",
      "acme/gw-1",
      "other/gw-1/app",
      "me/telemetry",
      "server/gw-1/get_gpio",
      "/tpedm/gw-1/output",
    ];
    expect(others.filter(publishes)).toEqual([]);
    expect(["$EDC/acme/gw-1/#", "$EDC/acme/gw-1/CMD-V1/#", "acme/gw-1/#"].every(reads)).toBe(true);
    expect(
      ["#", "$EDC/#", "$EDC/acme/#", "$EDC/+/gw-1/#", "$EDC/acme/+/#", "$EDC/acme/gw-2/#", "acme/#"].filter(reads),
    ).toEqual([]);
  });

  it("need a log-in by the registered names", () => {
    const other = { ...device, credential: { by: "token", token: "t" } } as const;
    expect(() => dialect.converse(other, connection)).toThrow(/must log in with the names/);
  });
});

describe("what a Kura device publishes", () => {
  it("is its profile and its uptime at birth", () => {
    const metrics = {
      display_name: "Gate",
      model_name: "R-1",
      serial_number: "7",
      firmware_version: "2",
      uptime: "55",
    };
    const reports = receive("$EDC/acme/gw-1/MQTT/BIRTH", { ...metrics, application_ids: "CMD-V1,CONF-V1" });
    expect(reports).toMatchObject([
      { kind: "profile", profile: { display_name: "Gate", model: "R-1", serial: "7", firmware: "2" } },
      { kind: "event", report: { name: "birth", data: { uptime: "55" } } },
    ]);
    const [{ profile }] = reports as unknown as [{ profile: { uptime?: unknown; commands: { name: string }[] } }];
    expect(profile.uptime).toBeUndefined();
    expect(profile.commands.map(({ name }) => name)).toEqual(["exec", "configuration.get", "configuration.put"]);
    const apps = receive("$EDC/acme/gw-1/MQTT/APPS", { application_ids: "DEPLOY-V2" });
    expect(apps).toMatchObject({ kind: "profile", profile: { model: "R-1", application_ids: "DEPLOY-V2" } });
  });

  it("is no profile when its applications come before its birth", () => {
    expect(receive("$EDC/acme/gw-1/MQTT/APPS", { application_ids: "DEPLOY-V2" })).toEqual([]);
  });

  it("is an event for its end, its will, which may be empty, and its applications' alerts", () => {
    expect(receive("$EDC/acme/gw-1/MQTT/DC", { uptime: "9" })).toEqual({
      kind: "event",
      report: { name: "disconnect", data: { uptime: "9" } },
    });
    expect(receive("$EDC/acme/gw-1/MQTT/LWT")).toEqual({ kind: "event", report: { name: "will", data: {} } });
    expect(receive("$EDC/acme/gw-1/ALERT/door", { open: true })).toMatchObject({
      report: { name: "ALERT", data: { resource: "door", metrics: { open: true }, types: { open: "BOOL" } } },
    });
    expect(() => receive("$EDC/acme/gw-1/a b/door")).toThrow(/not a valid name/);
  });

  it("is telemetry with its application, types and body", () => {
    expect(receive("acme/gw-1/heater/room/1", { count: 9_007_199_254_740_993n }, "x")).toEqual({
      kind: "telemetry",
      items: [
        {
          data: {
            app: "heater",
            resource: "room/1",
            metrics: { count: "9007199254740993" },
            types: { count: "INT64" },
            body: "eA==",
          },
        },
      ],
    });
  });
});

describe("commands of a Kura device", () => {
  it("exec runs a program, and its output is the result", () => {
    const message = send("exec", { command: "ls", arguments: ["-l", "/"], timeout: 5, environment: ["A=b"] });
    expect(sent(message)).toMatchObject({
      topic: "$EDC/acme/gw-1/CMD-V1/EXEC/command",
      timestamp: 1_000,
      values: {
        "request.id": "c1",
        "requester.client.id": "fleetlog",
        "command.command": "ls",
        "command.argument0": "-l",
        "command.argument1": "/",
        "command.timeout": 5,
        "command.environment.pair0": "A=b",
      },
    });
    const metrics = { "response.code": 200, "command.stdout": "out", "command.stderr": "", "command.exit.code": 0 };
    const value = { exitCode: 0, stdout: "out", stderr: "", timedOut: false };
    expect(receive(`${REPLY}/CMD-V1/REPLY/c1`, metrics)).toEqual(result({ ok: true, result: value }));
    // A reply that comes twice counts once.
    expect(receive(`${REPLY}/CMD-V1/REPLY/c1`, metrics)).toEqual([]);
  });

  it.each([
    [{ "response.code": 400 }, "kura-400", "the device can't do this request as it is"],
    [
      { "response.code": 404, "response.exception.message": "Resource not found" },
      "kura-404",
      "the device has no such resource: Resource not found",
    ],
    [
      { "response.code": 500, "response.exception.message": "boom" },
      "kura-500",
      "the device could not do the request: boom",
    ],
    [
      { "response.code": 500, "command.exit.code": 2, "command.stderr": "no such file\n", "command.stdout": "a" },
      "exit-2",
      "the program ended with exit code 2: no such file: a",
    ],
    [{ "response.code": 200, "command.timedout": true }, "timed-out", "the program did not end in time"],
    [{}, "unreadable-reply", "the device's reply has no response.code"],
  ] as const)("exec fails with clear text: %j", (metrics, code, message) => {
    send("exec", { command: "ls" });
    expect(receive(`${REPLY}/CMD-V1/REPLY/c1`, metrics as Readonly<Record<string, GivenMetric>>)).toEqual(
      failed(code, message),
    );
  });

  it("are refused at once if they or their parameters are unknown", async () => {
    for (const [name, params] of [
      ["reboot", null],
      ["exec", {}],
      ["configuration.put", { configurations: [] }],
    ] as const)
      expect(send(name, params, 0, name)).toBeUndefined();
    send("reboot", null, 0, "reboot");
    const codes = (await reported()).map((one) => (one as { result: { error: { code: string } } }).result.error.code);
    expect(codes).toEqual(["unknown-command", "invalid-params", "invalid-params"]);
  });

  it("configuration.get reads one component or all of them", () => {
    expect(sent(send("configuration.get")).topic).toBe("$EDC/acme/gw-1/CONF-V1/GET/configurations");
    expect(sent(send("configuration.get", { component: "a.b" })).topic).toMatch(/CONF-V1\/GET\/configurations\/a\.b$/);
    const xml = '<esf:configurations><esf:configuration pid="a.b"/></esf:configurations>';
    expect(receive(`${REPLY}/CONF-V1/REPLY/c1`, { "response.code": 200 }, xml)).toEqual(
      result({ ok: true, result: { configurations: [{ pid: "a.b", properties: [] }] } }),
    );
  });

  it("configuration.get fails if the answer can't be read, or is too large", () => {
    send("configuration.get");
    const bomb = '<!DOCTYPE a [<!ENTITY b "c">]><configurations>&b;</configurations>';
    expect(receive(`${REPLY}/CONF-V1/REPLY/c1`, { "response.code": 200 }, bomb)).toEqual(
      failed("unreadable-reply", "the XML has a document type, which is not read"),
    );
    send("configuration.get", null, 0, "c2");
    const large = `<configurations><configuration pid="a"><properties><property name="x" type="String"><value>${"v".repeat(300_000)}</value></property></properties></configuration></configurations>`;
    expect(receive(`${REPLY}/CONF-V1/REPLY/c2`, { "response.code": 200 }, large)).toMatchObject({
      result: { ok: false, error: { message: expect.stringMatching(/one component at a time/) } },
    });
  });

  it("configuration.put sends XML, and no passwords", async () => {
    const properties = [{ name: "port", type: "Integer", value: 123 }];
    const message = sent(send("configuration.put", { configurations: [{ pid: "a.b", properties }] }));
    expect(message.topic).toBe("$EDC/acme/gw-1/CONF-V1/PUT/configurations/a.b");
    expect(message.body).toContain('<esf:property name="port" array="false" encrypted="false" type="Integer">');
    expect(receive(`${REPLY}/CONF-V1/REPLY/c1`, { "response.code": 200 })).toEqual(
      result({ ok: true, result: { accepted: true } }),
    );
    const password = [{ name: "p", type: "Password", value: "x" }];
    expect(
      send("configuration.put", { configurations: [{ pid: "a", properties: password }] }, 0, "c2"),
    ).toBeUndefined();
    const control = [{ name: "p", type: "String", value: "\u0001" }];
    expect(send("configuration.put", { configurations: [{ pid: "a", properties: control }] }, 0, "c3")).toBeUndefined();
    expect(await reported()).toHaveLength(2);
  });

  it("packages.list and bundles.list", () => {
    expect(sent(send("packages.list")).topic).toBe("$EDC/acme/gw-1/DEPLOY-V2/GET/packages");
    expect(receive(`${REPLY}/DEPLOY-V2/REPLY/c1`, { "response.code": 200 }, "<packages/>")).toEqual(
      result({ ok: true, result: { packages: [] } }),
    );
    expect(sent(send("bundles.list", null, 0, "c2")).topic).toBe("$EDC/acme/gw-1/DEPLOY-V2/GET/bundles");
  });
});

describe("work on packages", () => {
  const params = { url: "https://files.example/heater.dp", name: "heater", version: "1.0.0" };
  const start = (more: object = {}) => sent(send("package.download", { ...params, ...more }));
  const job = (message: ReturnType<typeof start>) => BigInt(message.values["job.id"] as number);
  const notify = (stage: string, metrics: Readonly<Record<string, GivenMetric>>) =>
    receive(`${REPLY}/DEPLOY-V2/NOTIFY/gw-1/${stage}`, metrics);

  it("package.download is accepted, goes on, and ends with a notification", () => {
    const message = start();
    expect(message).toMatchObject({
      topic: "$EDC/acme/gw-1/DEPLOY-V2/EXEC/download",
      values: { "dp.uri": params.url, "dp.name": "heater", "dp.download.protocol": "HTTP", "dp.install": false },
    });
    const accepted = { kind: "command-progress", progress: { id: "c1", step: "accepted" } };
    expect(receive(`${REPLY}/DEPLOY-V2/REPLY/c1`, { "response.code": 200 })).toEqual(accepted);
    expect(receive(`${REPLY}/DEPLOY-V2/REPLY/c1`, { "response.code": 200 })).toEqual([]);
    const one = { "job.id": job(message), "dp.download.size": 1_000 };
    const going = { ...one, "dp.download.status": "IN_PROGRESS", "dp.download.progress": 40 };
    expect(notify("download", going)).toEqual({
      kind: "command-progress",
      progress: { id: "c1", step: "downloading", percent: 40, message: "1000 bytes" },
    });
    const done = { ...one, "dp.download.status": "COMPLETED", "dp.download.progress": 100 };
    expect(notify("install", done)).toEqual([]);
    const ended = result({ ok: true, result: { download: "completed", size: 1_000 } });
    expect(notify("download", done)).toEqual(ended);
    expect(notify("download", done)).toEqual([]);
  });

  it("package.download may install the package, too", () => {
    const id = job(start({ install: true }));
    expect(notify("download", { "job.id": id, "dp.download.status": "COMPLETED" })).toMatchObject({
      progress: { step: "installing" },
    });
    expect(notify("install", { "job.id": id, "dp.install.status": "COMPLETED", "dp.name": "heater-1.0.0.dp" })).toEqual(
      result({ ok: true, result: { install: "completed", file: "heater-1.0.0.dp" } }),
    );
  });

  it("fails with the device's text", () => {
    const id = job(start());
    const metrics = { "job.id": id, "dp.download.status": "FAILED", "dp.download.error.message": "no route" };
    expect(notify("download", metrics)).toEqual(failed("download-failed", "the download has failed: no route"));
    expect(send("package.uninstall", { name: "heater" }, 0, "c2")).toBeUndefined();
    conversation.forget?.("c1");
    const other = sent(send("package.uninstall", { name: "heater" }, 0, "c2"));
    const failure = { "job.id": job(other), "dp.uninstall.status": "FAILED" };
    expect(notify("uninstall", failure)).toMatchObject({ result: { id: "c2", error: { code: "uninstall-failed" } } });
  });

  it("refuses a busy device's answer with the text in its body", () => {
    start();
    const body = "Another resource is already in download";
    expect(receive(`${REPLY}/DEPLOY-V2/REPLY/c1`, { "response.code": 500 }, body)).toEqual(
      failed("kura-500", `the device could not do the request: ${body}`),
    );
  });

  it("is one at a time, and the next is offered when it has ended", async () => {
    start();
    expect(send("package.install", { name: "a", version: "1" }, 0, "c2")).toBeUndefined();
    expect(send("packages.list", null, 0, "c3")).toBeDefined();
    conversation.forget?.("c1");
    await turn();
    expect(connection.offers).toBe(1);
    expect(send("package.install", { name: "a", version: "1" }, 0, "c2")).toBeDefined();
  });

  it("is not sent again after a reconnection, but its notifications count, also one that came early", async () => {
    const id = job(start());
    const again = new Dialects([kura]).mqttOf(device);
    connection = new FakeConnection();
    conversation = again.converse(device, connection);
    const done = { "job.id": id, "dp.download.status": "COMPLETED" };
    expect(notify("download", done)).toEqual([]);
    expect(send("package.download", params, 1)).toBeUndefined();
    expect(await reported()).toEqual([
      { kind: "command-progress", progress: expect.objectContaining({ step: "waiting for the answer" }) },
      result({ ok: true, result: { download: "completed" } }),
    ]);
    expect(send("packages.list", null, 1, "c3")).toBeDefined();
  });

  it("is stopped when its command is cancelled", () => {
    start();
    conversation.forget?.("c1");
    const message = sent(conversation.cancelled?.({ id: "c1", reason: "cancelled" }));
    expect(message).toMatchObject({
      topic: "$EDC/acme/gw-1/DEPLOY-V2/DEL/download",
      values: { "request.id": "own.c1" },
    });
    expect(receive(`${REPLY}/DEPLOY-V2/REPLY/own.c1`, { "response.code": 200 })).toEqual([]);
    expect(conversation.cancelled?.({ id: "c9", reason: "cancelled" })).toBeUndefined();
  });
});

describe("a reply that comes late", () => {
  it("counts in a connection in which its command was not sent", () => {
    const metrics = { "response.code": 200, "command.exit.code": 0, "command.stdout": "x" };
    expect(receive(`${REPLY}/CMD-V1/REPLY/c1`, metrics)).toMatchObject({ result: { ok: true } });
    expect(receive(`${REPLY}/CONF-V1/REPLY/c2`, { "response.code": 200 })).toMatchObject({ result: { id: "c2" } });
    expect(receive(`${REPLY}/DEPLOY-V2/REPLY/c3`, { "response.code": 200 })).toEqual([]);
    expect(receive(`${REPLY}/OTHER/REPLY/c4`, { "response.code": 200 })).toEqual([]);
  });

  it("compresses requests once the device has said that it reads that", () => {
    receive("$EDC/acme/gw-1/MQTT/BIRTH", { accept_encoding: "gzip" });
    const message = send("exec", { command: "a".repeat(2_000) });
    expect(Buffer.from(message?.payload ?? "").subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    expect(sent(message).values["command.command"]).toHaveLength(2_000);
  });
});
