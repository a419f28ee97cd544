import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startViews } from "@fleetlog/projections/testing";
import type { CommandResource, DeliveryPage } from "@fleetlog/protocol";
import { LibpyiotcloudDevice, type LibpyiotcloudOptions } from "@fleetlog/simulators";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Authority } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { type Board, hasMqttJs3, registerBoard, type StockBoard, startStockBoard } from "../support/libpyiotcloud.ts";
import { LIBPYIOTCLOUD_CALLS } from "../support/libpyiotcloud-calls.ts";
import { optionalPrograms } from "../support/programs.ts";
import { publish as publishBytes } from "../support/raw-mqtt.ts";
import { startTlsGateway, type TlsGateway } from "../support/tls-gateway.ts";

const AUTO = { FLEETLOG_TLS: "auto", FLEETLOG_TLS_CERT: "", FLEETLOG_TLS_KEY: "", FLEETLOG_TLS_CLIENT_CA: "" };
const PROGRAMS = ["node", "python"] as const;

let node: TlsGateway;
let folder: string;
const running: { stop(): unknown }[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleetlog-boards-"));
  node = await startTlsGateway({ env: AUTO });
  await startViews(node.backbone);
}, 60_000);
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function start(board: Board, more: Partial<LibpyiotcloudOptions> = {}): Promise<LibpyiotcloudDevice> {
  const options = { url: node.mqtts, program: "node", scenario: "answers", ...board, ...more } as const;
  const device = new LibpyiotcloudDevice(options);
  running.push(device);
  await device.start();
  return device;
}

/** A bare MQTT client with the board's certificate, for tests that choose each message. */
async function open(board: Board, more: IClientOptions = {}): Promise<MqttClient> {
  const { ca, certificate: cert, key, id: clientId } = board;
  const guest = { clientId, username: "guest", password: "guest", protocolVersion: 4, reconnectPeriod: 0 } as const;
  const client = connect(node.mqtts, { ca, cert, key, ...guest, ...more });
  running.push({ stop: () => client.endAsync(true) });
  return new Promise((resolve, reject) => {
    client.once("connect", () => resolve(client));
    client.once("error", reject);
    client.once("close", () => reject(new Error("closed")));
  });
}

const send = async (id: string, name: string, params: unknown, deadline = "10s", wait = "?wait=10s") =>
  (await node.api.command(id, { name, params, deadline }, wait)).body;
const command = async ({ id }: CommandResource) =>
  (await node.api.call<CommandResource>("GET", `/api/commands/${id}`)).body;
const events = async (id: string, category: string) =>
  (await node.api.events(id, `&category=${category}`)).map(({ type }) => type);
const refusals = async (id: string) =>
  (await node.api.events(id, "&category=event")).filter(({ type }) => type === "ReportsRefused").at(-1)?.data;
const deliveries = async (channel: string) =>
  (await node.api.call<DeliveryPage>("GET", `/api/channels/${channel}/deliveries?limit=200`)).body.items;
const sentBy = async (channel: string, device: string) =>
  (await deliveries(channel)).filter((one) => one.device === device);

describe("registration", () => {
  it("makes an id of 40 hex digits if none is given, and returns certificate and key in this answer only", async () => {
    const board = await registerBoard(node.api);
    expect(board.id).toMatch(/^[0-9a-f]{40}$/);
    for (const pem of [board.ca, board.certificate]) expect(pem).toContain("-----BEGIN CERTIFICATE-----");
    expect(board.key).toContain("-----BEGIN PRIVATE KEY-----");
    expect(JSON.stringify(await node.api.device(board.id))).not.toContain("PRIVATE KEY");
    const wrong = await node.api.call("POST", "/api/devices", { id: "pump-1", dialect: "libpyiotcloud" });
    expect(wrong).toMatchObject({ status: 400, body: { code: "invalid-request", field: "id" } });
    const given = "a".repeat(40);
    expect((await registerBoard(node.api, { id: given })).id).toBe(given);
  });

  it("lets in a device with a certificate of an authority that the customer gave", async () => {
    const authority = new Authority("Old platform");
    const { body } = await node.api.call<{ code: string }>("POST", "/api/certificate-authorities/codes", {});
    const { cert: verification } = authority.issue({ names: [body.code] });
    const added = { name: "Old platform", certificate: authority.cert, code: body.code, verification };
    expect((await node.api.call("POST", "/api/certificate-authorities", added)).status).toBe(201);
    const { id, ca } = await registerBoard(node.api);
    const { cert: certificate, key } = authority.issue({ names: [id] });
    await start({ id, ca, certificate, key });
    expect(await send(id, "get_status", {})).toMatchObject({ state: "completed" });
  });
});

describe.each(PROGRAMS)("the simulated device for %s", (program) => {
  it("completes every call", async () => {
    const board = await registerBoard(node.api);
    const device = await start(board, { program });
    const version = program === "node" ? "MQTT 3.1" : "MQTT 3.1.1";
    expect((await node.api.device(board.id)).session).toMatchObject({ protocol: "mqtt", version });
    for (const [name, params, result] of LIBPYIOTCLOUD_CALLS)
      expect(await send(board.id, name, params), name).toMatchObject({ state: "completed", result });
    expect(device.board.written).toEqual(["hello"]);
    await eventually(async () =>
      expect((await events(board.id, "session")).filter((type) => type === "SessionOpened")).toHaveLength(2),
    );
    expect(await send(board.id, "get_status", {})).toMatchObject({ state: "completed" });
  });

  it("does not answer set_mac or an unknown call: these stay open, and other calls are completed", async () => {
    const board = await registerBoard(node.api);
    await start(board, { program });
    const silent = await Promise.all(
      ["set_mac", "dance"].map((name) => send(board.id, name, { value: "x" }, "1s", "")),
    );
    expect(await send(board.id, "get_status", {})).toMatchObject({ state: "completed" });
    for (const one of silent) expect(await command(one)).toMatchObject({ state: "delivered" });
  });

  it("gets one call of an api at a time, but calls of different apis at once", async () => {
    const board = await registerBoard(node.api);
    const calls: string[] = [];
    const onCall = (api: string, asked: unknown) => void calls.push(`${api} ${JSON.stringify(asked)}`);
    await start(board, { program, scenario: "silent", onCall });
    const [first] = [
      await send(board.id, "get_gpio", { number: 1 }, "1h", ""),
      await send(board.id, "get_gpio", { number: 2 }, "1h", ""),
      await send(board.id, "get_rtc", {}, "1h", ""),
    ];
    await eventually(() => expect(calls).toEqual(['get_gpio {"number":1}', "get_rtc {}"]));
    await node.api.call("POST", `/api/commands/${first?.id}/cancel`, {});
    await eventually(() => expect(calls.at(-1)).toBe('get_gpio {"number":2}'));
  });

  it("may answer late; an answer that is not JSON is refused and counted, and the device stays connected", async () => {
    const board = await registerBoard(node.api);
    const slow = await start(board, { program, scenario: "slow", slowMs: 300 });
    expect(await send(board.id, "get_gpio", { number: 1 })).toMatchObject({ state: "completed" });
    await slow.stop();
    await start(board, { program, scenario: "malformed" });
    const open = await send(board.id, "get_gpio", { number: 1 }, "1h", "");
    await eventually(async () =>
      expect(await refusals(board.id)).toMatchObject({ code: "invalid-request", field: "payload" }),
    );
    expect(await command(open)).toMatchObject({ state: "delivered" });
    expect((await node.api.device(board.id)).status).toBe("connected");
  });
});

describe("a notification", () => {
  const [mails, texts] = ["board-mails", "board-texts"];
  beforeAll(async () => {
    await node.api.call("PUT", `/api/channels/${mails}`, { kind: "email", devices: true });
    const sms = { kind: "sms", provider: "http", url: "https://sms.example", devices: true };
    await node.api.call("PUT", `/api/channels/${texts}`, sms);
  });

  it.each(["trigger_notification", "trigger_notifications"])(
    "is sent once when the device answers %s, even if it answers twice",
    async (name) => {
      const board = await registerBoard(node.api);
      const client = await open(board);
      await client.subscribeAsync(`${board.id}/#`, { qos: 1 });
      client.on("message", (topic, payload) => {
        for (let i = 0; i < 2; i++) client.publish(`server/${topic}`, payload, { qos: 1 });
      });
      for (const [recipient, channel] of [
        ["ada@example.org", mails],
        ["+4930123456", texts],
      ] as const) {
        const params = { recipient, message: "hot" };
        expect(await send(board.id, name, params)).toMatchObject({ state: "completed", result: params });
        const ids = (await sentBy(channel, board.id)).map(({ id }) => id);
        expect(ids[0]).toBeDefined();
      }
    },
  );

  it("is sent when the device publishes it without a call", async () => {
    const board = await registerBoard(node.api);
    const notification = { recipient: "ada@example.org", message: "started" };
    await start(board, { program: "python", scenario: "notifies", notification });
    await eventually(async () => expect(await sentBy(mails, board.id)).toHaveLength(1));
  });

  it("is sent once for a repeated publication, also on a new connection, and again for the next publication", async () => {
    const board = await registerBoard(node.api);
    const payload = JSON.stringify({ recipient: "ada@example.org", message: "hot" });
    const topic = `server/${board.id}/trigger_notification`;
    const publish = (client: MqttClient, id: number, dup: boolean) =>
      new Promise<void>((resolve) => {
        client.once("packetreceive", () => resolve());
        client.stream.write(publishBytes({ level: 4, topic, payload, qos: 1, id, dup }));
      });
    const first = await open(board);
    await publish(first, 7, false);
    await publish(first, 7, true);
    await first.endAsync(true);
    const second = await open(board);
    await publish(second, 7, true);
    await eventually(async () => expect(await sentBy(mails, board.id)).toHaveLength(1));
    await publish(second, 8, true);
    await eventually(async () => expect(await sentBy(mails, board.id)).toHaveLength(2));
  });

  it("that can't be sent fails its command, and is refused and counted", async () => {
    const board = await registerBoard(node.api);
    await start(board);
    const params = { recipient: "0123", message: "hot" };
    expect(await send(board.id, "trigger_notification", params)).toMatchObject({
      state: "failed",
      error: { code: "invalid-request" },
    });
    await eventually(async () => expect(await refusals(board.id)).toMatchObject({ code: "invalid-request" }));
  });
});

describe("a device", () => {
  it("is identified by its certificate alone; client id, user name and password do not change that", async () => {
    const [board, other] = [await registerBoard(node.api), await registerBoard(node.api)];
    await expect(open({ ...board, id: other.id })).rejects.toThrow();
    await expect(open(board, { cert: undefined, key: undefined } as object)).rejects.toThrow();
    const { ca } = board;
    const foreign = new Authority("Foreign").issue({ names: [board.id] });
    await expect(open({ id: board.id, ca, certificate: foreign.cert, key: foreign.key })).rejects.toThrow();
    expect(await events(other.id, "session")).toEqual([]);
    await open(board, { username: "anybody", password: "anything" });
    expect(await events(board.id, "session")).toEqual(["SessionOpened"]);
    const certified = await open(board, { username: undefined, password: undefined } as object);
    await certified.subscribeAsync(`${board.id}/#`);
  });

  it("can't be a native device, even if the native device's id has 40 hex digits", async () => {
    const id = "b".repeat(40);
    await node.api.register(id);
    const issued = await node.api.call<Board>("POST", `/api/devices/${id}/certificates`, {});
    await expect(open({ ...issued.body, id })).rejects.toThrow();
    const client = await open({ ...issued.body, id }, { username: undefined, password: undefined } as object);
    await expect(client.subscribeAsync(`${id}/#`)).rejects.toThrow();
    await client.subscribeAsync("me/#");
  });

  it("can't use a topic of another device or of the native dialect, nor subscribe to all; attempts are counted", async () => {
    const [board, other] = [await registerBoard(node.api), await registerBoard(node.api)];
    await start(other);
    const client = await open(board, { protocolVersion: 4 });
    const refusedFilters = async () =>
      Number((await node.metrics("fleetlog_subscriptions_refused_total"))[0]?.split(" ")[1]);
    const before = await refusedFilters();
    for (const filter of [`${other.id}/#`, "#", "server/#", "me/#"])
      await expect(client.subscribeAsync(filter)).rejects.toThrow();
    expect(await refusedFilters()).toBe(before + 4);
    await send(other.id, "get_gpio", { number: 1 });
    for (const topic of [`server/${other.id}/get_gpio`, `${other.id}/get_gpio`, "me/telemetry"])
      await client.publishAsync(topic, '{"value":1}', { qos: 1 });
    await eventually(async () => expect(await refusals(board.id)).toMatchObject({ code: "forbidden" }));
    expect(await refusals(other.id)).toBeUndefined();
    expect(await send(other.id, "get_status", {})).toMatchObject({ state: "completed" });
  });

  it("takes over its own session; a call that reads is delivered again, a call that writes is not", async () => {
    const board = await registerBoard(node.api);
    const calls: string[] = [];
    const onCall = (api: string) => void calls.push(api);
    await start(board, { scenario: "silent", onCall });
    const written = await send(board.id, "write_uart", { value: "x" }, "1h", "");
    const read = await send(board.id, "get_gpio", { number: 1 }, "1h", "");
    await eventually(async () => expect(await command(written)).toMatchObject({ state: "delivered" }));
    await eventually(async () => expect(await command(read)).toMatchObject({ state: "delivered" }));
    const later = await open(board);
    const got: string[] = [];
    later.on("message", (topic) => got.push(topic));
    await later.subscribeAsync(`${board.id}/#`);
    await eventually(() => expect(got).toEqual([`${board.id}/get_gpio`]));
    await later.publishAsync(`server/${board.id}/write_uart`, '{"value":"x"}', { qos: 1 });
    await eventually(async () => expect(await command(written)).toMatchObject({ state: "completed" }));
    expect((await events(board.id, "session")).filter((type) => type === "SessionOpened").length).toBeGreaterThan(1);
  });

  it("loses its connection and its access when it is retired", async () => {
    const board = await registerBoard(node.api);
    const client = await open(board);
    const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
    expect((await node.api.call("DELETE", `/api/devices/${board.id}`)).status).toBe(204);
    await closed;
    await expect(open(board)).rejects.toThrow();
  });
});

const STOCK: readonly (readonly [StockBoard, boolean, string])[] = [
  ["paho", optionalPrograms["paho-python"].found(), optionalPrograms["paho-python"].lack],
  ["mqtt-js-3", hasMqttJs3(), "the package mqtt-3 is not installed"],
];

describe.each(STOCK)("a stock program with %s", (kind, isFound, lack) => {
  if (!isFound) {
    it.skip(`completes calls (${lack})`);
    return;
  }
  it.each([
    ["3.1", 3, 0],
    ["3.1", 3, 1],
    ["3.1.1", 4, 0],
    ["3.1.1", 4, 1],
  ])("completes calls by MQTT %s (level %i) with QoS %i", async (version, level, qos) => {
    const board = await registerBoard(node.api);
    const files = await Promise.all(
      (["ca", "certificate", "key"] as const).map(async (name) => {
        const path = join(folder, `${board.id}.${name}`);
        await writeFile(path, board[name], { mode: 0o600 });
        return path;
      }),
    );
    const [ca, certificate, key] = files as [string, string, string];
    const port = node.gateway.mqttsPort ?? 0;
    const child = await startStockBoard(kind, [port, board.id, level, qos, ca, certificate, key]);
    running.push({ stop: () => child.kill("SIGKILL") });
    expect((await node.api.device(board.id)).session).toMatchObject({ version: `MQTT ${version}` });
    const notification = ["trigger_notification", { recipient: "ada@example.org", message: "hot" }] as const;
    for (const [name, params] of [...LIBPYIOTCLOUD_CALLS, notification])
      expect(await send(board.id, name, params), name).toMatchObject({ state: "completed", result: params });
  });
});
