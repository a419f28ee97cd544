import type { CommandResource } from "@fleetlog/protocol";
import { LibpyiotcloudDevice, type LibpyiotcloudOptions } from "@fleetlog/simulators";
import { connect, type MqttClient } from "mqtt";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type HttpReceiver, startReceiver } from "../support/http-receiver.ts";
import { type Board, registerBoard } from "../support/libpyiotcloud.ts";
import { type MailServer, startMailServer } from "../support/mail-server.ts";
import { publish as publishBytes } from "../support/raw-mqtt.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
let mail: MailServer;
let receiver: HttpReceiver;
let first: RunningGateway;
let second: RunningGateway;
const running: { stop(): unknown }[] = [];
beforeAll(async () => {
  mail = await startMailServer();
  receiver = await startReceiver();
  stack = await startStack({
    gateways: 2,
    env: {
      FLEETLOG_TLS: "auto",
      FLEETLOG_HTTPS_PORT: "0",
      FLEETLOG_MQTTS_PORT: "0",
      FLEETLOG_SMTP_URL: mail.url,
      FLEETLOG_MAIL_FROM: "fleetlog@example.org",
      FLEETLOG_CHANNEL_NETWORKS: "127.0.0.1",
    },
  });
  [first, second] = stack.gateways as [RunningGateway, RunningGateway];
  const sms = { kind: "sms", provider: "http", url: `${receiver.url}/sms`, devices: true };
  for (const [id, channel] of [
    ["mails", { kind: "email", devices: true }],
    ["texts", sms],
  ] as const)
    await stack.api.call("PUT", `/api/channels/${id}`, channel);
}, 60_000);
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await mail.stop();
  await receiver[Symbol.asyncDispose]();
});

const urlOf = ({ process }: RunningGateway) => `mqtts://127.0.0.1:${process.ready.mqttsPort}`;

async function start(board: Board, gateway = first, more: Partial<LibpyiotcloudOptions> = {}): Promise<void> {
  const device = new LibpyiotcloudDevice({
    url: urlOf(gateway),
    program: "python",
    scenario: "answers",
    ...board,
    ...more,
  });
  running.push(device);
  await device.start();
}

function open({ id, ca, certificate, key }: Board, gateway: RunningGateway): Promise<MqttClient> {
  const guest = { clientId: id, username: "guest", password: "guest", protocolVersion: 4, reconnectPeriod: 0 } as const;
  const client = connect(urlOf(gateway), { ca, cert: certificate, key, ...guest });
  running.push({ stop: () => client.endAsync(true) });
  return new Promise((resolve, reject) => {
    client.once("connect", () => resolve(client));
    client.once("error", reject);
    client.once("close", () => reject(new Error("closed")));
  });
}

const send = async (id: string, name: string, params: object, { api }: RunningGateway = first) =>
  (await api.command(id, { name, params, deadline: "20s" }, "?wait=20s")).body;

describe("a device of libpyiotcloud", () => {
  it("is registered, found, shown, commanded and retired beside native devices", async () => {
    await stack.api.register("native-1", { tags: ["hall"] });
    const board = await registerBoard(stack.api, { tags: ["hall"], name: "Pump board" });
    await start(board);
    const finds = (query: string, ids: readonly string[]) =>
      eventually(async () =>
        expect((await stack.api.devices(query)).items?.map(({ id }) => id).sort()).toEqual([...ids].sort()),
      );
    await finds("?tag=hall", [board.id, "native-1"]);
    await finds("?dialect=libpyiotcloud", [board.id]);
    await finds("?search=Pump", [board.id]);
    await eventually(async () => expect(await stack.api.device(board.id)).toMatchObject({ status: "connected" }));
    const done: CommandResource = await send(board.id, "set_gpio", { number: 12, value: 1 });
    expect(done).toMatchObject({ state: "completed", result: { number: 12, value: 1 }, issuedBy: "admin" });
    const types = (await stack.api.events(board.id)).map(({ type }) => type);
    for (const type of ["DeviceRegistered", "SessionOpened", "CommandIssued", "CommandDelivered", "CommandCompleted"])
      expect(
        types.filter((one) => one === type),
        type,
      ).toHaveLength(1);
    expect((await stack.api.call("POST", `/api/devices/${board.id}/token`)).body).toMatchObject({
      code: "dialect-mismatch",
    });
    expect((await stack.api.call("DELETE", `/api/devices/${board.id}`)).status).toBe(204);
    await expect(open(board, second)).rejects.toThrow();
  });

  it("sends an email and an SMS, as an answer to a call and by itself", async () => {
    const board = await registerBoard(stack.api);
    const notification = { recipient: "duty@example.org", message: "It has started." };
    await start(board, first, { scenario: "notifies", notification });
    await eventually(() => expect(mail.newest("duty@example.org")?.text).toContain("It has started."));
    await send(board.id, "trigger_notification", { recipient: "ada@example.org", message: "hot" });
    await send(board.id, "trigger_notification", { recipient: "+4930123456", message: "cold" });
    await eventually(() => expect(mail.newest("ada@example.org")?.text).toContain("hot"));
    await eventually(() => {
      const texts = receiver.posts.filter(({ path }) => path === "/sms").map(({ body }) => JSON.parse(body));
      expect(texts).toMatchObject([{ to: "+4930123456", text: "cold" }]);
    });
  });

  it("has a daily limit of messages over all gateways", async () => {
    const sms = { kind: "sms", provider: "http", url: `${receiver.url}/limited`, devices: true };
    const put = (more: object) => stack.api.call("PUT", "/api/channels/texts", { ...sms, ...more });
    expect((await put({ messagesPerDevice: 2 })).status).toBe(200);
    const board = await registerBoard(stack.api);
    const message = { recipient: "+4930123456", message: "again" };
    await start(board, first);
    expect(await send(board.id, "trigger_notification", message)).toMatchObject({ state: "completed" });
    await start(board, second);
    expect(await send(board.id, "trigger_notification", message)).toMatchObject({ state: "completed" });
    const error = { code: "forbidden", message: expect.stringContaining("has sent its 2 SMS of the day") };
    expect(await send(board.id, "trigger_notification", message)).toMatchObject({ state: "failed", error });
    const isRefused = expect.objectContaining({ state: "refused", device: board.id });
    await eventually(async () => {
      const { body } = await stack.api.call<{ items: object[] }>("GET", "/api/channels/texts/deliveries");
      expect(body.items).toContainEqual(isRefused);
    });
    await eventually(async () => {
      const refused = (await stack.api.events(board.id)).find(({ type }) => type === "ReportsRefused");
      expect(refused?.data).toMatchObject(error);
    });
    await eventually(() => expect(receiver.posts.filter(({ path }) => path === "/limited")).toHaveLength(2));
    await put({ url: sms.url.replace("limited", "sms") });
  });

  it("completes a call by an answer that it repeats on a new connection before it subscribes", async () => {
    const board = await registerBoard(stack.api);
    const before = await open(board, first);
    const asked = new Promise<void>((resolve) => before.once("message", () => resolve()));
    await before.subscribeAsync(`${board.id}/#`, { qos: 1 });
    const { id } = (await stack.api.command(board.id, { name: "write_uart", params: { value: "x" } })).body;
    const stateOf = async () => (await stack.api.call<CommandResource>("GET", `/api/commands/${id}`)).body;
    await asked;
    await eventually(async () => expect(await stateOf()).toMatchObject({ state: "delivered" }));
    await before.endAsync(true);

    const after = await open(board, second);
    await after.publishAsync(`server/${board.id}/write_uart`, '{"value":"x"}', { qos: 1, dup: true });
    await after.subscribeAsync(`${board.id}/#`, { qos: 1 });
    await eventually(async () => expect(await stateOf()).toMatchObject({ state: "completed", result: { value: "x" } }));
  });

  it("continues at another gateway when its own is killed; a message that it repeats there is sent once", async () => {
    const board = await registerBoard(stack.api);
    const topic = `server/${board.id}/trigger_notification`;
    const payload = JSON.stringify({ recipient: "eve@example.org", message: "once" });
    const publish = (client: MqttClient, dup: boolean) =>
      new Promise<void>((resolve) => {
        client.once("packetreceive", () => resolve());
        client.stream.write(publishBytes({ level: 4, topic, payload, qos: 1, id: 3, dup }));
      });
    await publish(await open(board, second), false);
    await second.process.kill();
    const moved = await open(board, first);
    await publish(moved, true);
    await moved.endAsync(true);
    await start(board, first);
    expect(await send(board.id, "get_status", {})).toMatchObject({ state: "completed" });
    await eventually(() => expect(mail.newest("eve@example.org")).toBeDefined());
    await send(board.id, "trigger_notification", { recipient: "last@example.org", message: "later" });
    await eventually(() => expect(mail.newest("last@example.org")).toBeDefined());
    expect(mail.mails.filter(({ to }) => to.includes("eve@example.org"))).toHaveLength(1);
    await second.restart();
  });

  it("gets its calls, and its notification is sent, after an outage of the log", async () => {
    const board = await registerBoard(stack.api);
    await start(board, first);
    expect(await send(board.id, "get_status", {})).toMatchObject({ state: "completed" });
    await stack.nats.stop();
    const device = running.at(-1) as LibpyiotcloudDevice;
    device.notify({ recipient: "back@example.org", message: "the log was away" });
    await stack.nats.start();
    await eventually(() => expect(mail.newest("back@example.org")?.text).toContain("the log was away"));
    await eventually(async () =>
      expect(await send(board.id, "get_gpio", { number: 1 })).toMatchObject({ state: "completed" }),
    );
    expect(mail.mails.filter(({ to }) => to.includes("back@example.org"))).toHaveLength(1);
  });
});
