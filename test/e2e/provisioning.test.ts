import { createHash, verify, X509Certificate } from "node:crypto";
import { connect as mqttConnect } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Api } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import {
  chainOf,
  createRequest,
  MqttNewcomer,
  type Payload,
  payloadOf,
  type Reply,
  requestOf,
  storyOf,
} from "../support/provisioning.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
let api: Api;
let first: RunningGateway;
let second: RunningGateway;
let ca: string;

beforeAll(async () => {
  stack = await startStack({
    gateways: 2,
    env: {
      FLEETLOG_TLS: "auto",
      FLEETLOG_HTTPS_PORT: "0",
      FLEETLOG_MQTTS_PORT: "0",
      FLEETLOG_PROVISION_TIMEOUT: "3s",
    },
  });
  api = stack.api;
  [first, second] = stack.gateways as [RunningGateway, RunningGateway];
  ca = await (await fetch(`${api.url}/api/authority`)).text();
});
afterAll(() => stack[Symbol.asyncDispose]());

const plain = ({ mqttPort }: RunningGateway) => `mqtt://127.0.0.1:${mqttPort}`;
const encrypted = ({ process }: RunningGateway) => `mqtts://127.0.0.1:${process.ready.mqttsPort}`;
const loginOf = (name: string, password: string) => ({ clientId: name, userName: `user-${name}`, password });
const newcomer = (name: string, password: string, url = plain(first), options = {}) =>
  MqttNewcomer.connect(url, loginOf(name, password), options);
const state = async (id: string) => (await requestOf(api, id)).state;

async function logInAs({ device, credential: { token } }: Payload): Promise<ReturnType<typeof mqttConnect>> {
  const client = mqttConnect(plain(first), {
    clientId: device,
    username: device,
    password: token,
    reconnectPeriod: 0,
  });
  await new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("error", reject);
  });
  return client;
}

describe("a device that is provisioned by MQTT", () => {
  it("goes from its request to its first connection under its own identity", async () => {
    const bytes = Buffer.from("the application");
    const upload = await fetch(`${api.url}/api/artifacts/meter-app/1.0`, {
      method: "PUT",
      headers: { authorization: `Bearer ${api.token}`, "content-type": "application/octet-stream" },
      body: bytes,
    });
    expect(upload.status).toBe(201);
    const bundle = { name: "app", version: "1.0", artifact: { name: "meter-app", version: "1.0" } };
    const created = await createRequest(api, "meter", {
      generateActivationKey: true,
      device: { id: "meter-1", name: "Meter", tags: ["hall"] },
      configuration: { interval: 30 },
      bundles: [bundle],
    });
    expect(created.activationKey).toMatch(/^[A-Za-z0-9]{32}$/);
    const { id, password, activationKey } = created;
    const device = await newcomer("meter", password, encrypted(first), { ca, rejectUnauthorized: true });
    await eventually(async () => expect(await state(id)).toBe("STARTED"));
    expect(await device.ask({ activationKey: "x".repeat(32) })).toMatchObject({ error: { code: "forbidden" } });

    const reply = await device.ask({ account: "provision", activationKey, model: "M", serial: "S" });
    const payload = payloadOf(reply);
    expect(payload).toMatchObject({ request: id, device: "meter-1", configuration: { interval: 30 } });
    mustBeSigned(reply);
    expect(payload.endpoints.mqtt).toMatch(/^mqtts:\/\/127\.0\.0\.1:\d+$/);
    await eventually(async () => expect(await state(id)).toBe("RUNNING"));
    await eventually(async () =>
      expect((await api.call("GET", "/api/devices/meter-1/configuration")).body).toMatchObject({
        desired: { interval: 30 },
      }),
    );
    await device.progress({ state: "CONF_UPDATING" });
    await device.progress({ state: "CONF_UPDATED" });
    await device.progress({ state: "APPS_INSTALLING", bundle: "app" });
    const { url, sha256 } = payload.bundles[0] as Payload["bundles"][number];
    expect(new URL(url).origin).toBe(payload.endpoints.http);
    const path = new URL(url).pathname + new URL(url).search;
    const downloaded = Buffer.from(await (await fetch(api.url + path)).arrayBuffer());
    expect(createHash("sha256").update(downloaded).digest("hex")).toBe(sha256);
    await device.progress({ state: "APPS_INSTALLED" });
    await eventually(async () => expect(await state(id)).toBe("APPS_INSTALLED"));

    const closed = device.closed;
    const own = await logInAs(payload);
    await eventually(async () => expect(await state(id)).toBe("COMPLETED"));
    await closed;
    const detail = await requestOf(api, id);
    expect(storyOf(detail)).toEqual([
      "ProvisionRequestCreated",
      "ProvisionStarted",
      "ProvisionAccepted",
      "CONF_UPDATING",
      "CONF_UPDATED",
      "APPS_INSTALLING",
      "APPS_INSTALLED",
      "ProvisionCompleted",
    ]);
    expect(await api.device("meter-1")).toMatchObject({ name: "Meter", tags: ["hall"], status: "connected" });
    await expect(newcomer("meter", password, encrypted(first), { ca })).rejects.toThrow();
    await own.endAsync();
  });

  it("can't do anything else; attempts are counted, and its session is clean", async () => {
    const { password } = await createRequest(api, "humble", { allowPlain: true });
    const counted = async (name: string) => {
      const metrics = await (await fetch(`${first.api.url}/metrics`)).text();
      const line = metrics.split("\n").find((each) => each.startsWith(`fleetlog_${name} `));
      return Number(line?.split(" ")[1] ?? 0);
    };
    const reports = 'events_refused_total{code="forbidden"}';
    const subscriptions = "subscriptions_refused_total";
    const before = [await counted(reports), await counted(subscriptions)] as const;
    const { client } = await newcomer("humble", password, plain(first), { protocolVersion: 5, clean: false });
    const refused = async (topic: string) =>
      client.publishAsync(topic, "{}", { qos: 1 }).then(
        () => 0,
        (error: { code: number }) => error.code,
      );
    for (const topic of ["me/telemetry", "me/profile", "me/event/x", "me/command/1/result", "provision/reply", "x"])
      expect(await refused(topic), topic).toBe(0x87);
    for (const topic of ["me/#", "me/command/+", "#", "provision/#", "provision/request", "me/configuration/desired"]) {
      const [granted] = await client.subscribeAsync(topic).catch(() => [{ qos: 0x87 }]);
      expect(granted?.qos, topic).toBe(0x87);
    }
    expect(await counted(reports)).toBe(before[0] + 6);
    expect(await counted(subscriptions)).toBe(before[1] + 6);
    await client.endAsync();
    const again = mqttConnect(plain(first), {
      ...{ clientId: "humble", username: "user-humble", password, clean: false, reconnectPeriod: 0 },
      ...{ protocolVersion: 5, properties: { sessionExpiryInterval: 600 } },
    });
    const connack = await new Promise<{ sessionPresent: boolean; properties?: { sessionExpiryInterval?: number } }>(
      (resolve) => again.once("connect", resolve),
    );
    expect(connack.sessionPresent).toBe(false);
    expect(connack.properties?.sessionExpiryInterval).toBe(0);
    await again.endAsync();
    expect((await api.devices()).items.map(({ id }) => id)).not.toContain("humble");
  });

  it("is accepted without TLS only if its request allows that", async () => {
    const { password } = await createRequest(api, "secret");
    await expect(newcomer("secret", password)).rejects.toThrow(/not authorized/i);
    await expect(newcomer("secret", "wrong", encrypted(first), { ca })).rejects.toThrow();
    await (await newcomer("secret", password, encrypted(first), { ca })).end();
  });

  it("fails at a time-out, tries again, and is abandoned after its last try", async () => {
    const { id, password } = await createRequest(api, "slow", { allowPlain: true, maxRetries: 1 });
    const one = await newcomer("slow", password);
    const early = payloadOf(await one.ask());
    await eventually(async () => expect(await requestOf(api, id)).toMatchObject({ state: "FAILED", tries: 1 }));
    const two = await newcomer("slow", password);
    const late = payloadOf(await two.ask());
    expect(late.credential.token).not.toBe(early.credential.token);
    await expect(logInAs(early)).rejects.toThrow();
    await two.progress({ state: "FAILED", error: { message: "out of luck" } });
    await eventually(async () => expect(await state(id)).toBe("ABANDONED"));
    await eventually(async () => expect((await api.device("slow")).status).toBe("retired"));
    await expect(logInAs(late)).rejects.toThrow();
  });

  it("keeps its connection when it repeats a state from before a cut", async () => {
    const { id, password } = await createRequest(api, "again", { allowPlain: true, configuration: { a: 1 } });
    const one = await newcomer("again", password, plain(first), { protocolVersion: 5 });
    await one.ask();
    for (const step of ["CONF_UPDATING", "CONF_UPDATED"]) await one.progress({ state: step });
    await one.end();
    const two = await newcomer("again", password, plain(first), { protocolVersion: 5 });
    await two.ask();
    await expect(two.progress({ state: "CONF_UPDATING" })).rejects.toMatchObject({ code: 0x83 });
    const payload = payloadOf(await two.ask());
    const own = await logInAs(payload);
    await eventually(async () => expect(await state(id)).toBe("COMPLETED"));
    await own.endAsync();
  });

  it("is replaced by its newer connection, on any node", async () => {
    const { password } = await createRequest(api, "moving", { allowPlain: true });
    const one = await newcomer("moving", password);
    const two = await newcomer("moving", password, plain(second));
    await one.closed;
    expect(payloadOf(await two.ask()).device).toBe("moving");
    await two.end();
  });
});

describe("a device that is provisioned by JSON-RPC", () => {
  it("logs in with both names, and gets the answer to its call", async () => {
    const { id, password } = await createRequest(api, "board");
    const socket = await RawWebSocket.open(`wss://127.0.0.1:${first.process.ready.httpsPort}/device`, { ca });
    const login = { device: "board", userName: "user-board", token: password };
    expect(await socket.call("rpc.login", { ...login, token: "wrong" })).toMatchObject({
      error: { code: -32602, message: expect.stringContaining("client id, user name and password") },
    });
    expect(await socket.call("rpc.login", login)).toMatchObject({ result: true });
    expect(await socket.call("telemetry.report", { data: {} })).toMatchObject({ error: { code: -32601 } });
    expect(await socket.call("rpc.on", ["command"])).toMatchObject({ error: { code: -32601 } });
    const { result } = (await socket.call("__listMethods")) as { result: string[] };
    expect(result).toEqual(expect.arrayContaining(["provision.request", "provision.progress"]));
    const answer = (await socket.call("provision.request", { model: "B" })) as { result: Reply };
    const payload = payloadOf(answer.result);
    expect(payload).toMatchObject({ request: id, device: "board", bundles: [] });
    expect(await socket.call("provision.progress", { state: "APPS_INSTALLED" })).toMatchObject({
      error: { data: { code: "provision-state" } },
    });
    const own = await RawWebSocket.open(`ws://127.0.0.1:${first.httpPort}/device`, {
      headers: { authorization: `Bearer ${payload.credential.token}` },
    });
    await eventually(async () => expect(await state(id)).toBe("COMPLETED"));
    await socket.closed;
    own.websocket.close();
  });

  it("is refused without TLS, except when its request allows that", async () => {
    const { password } = await createRequest(api, "careful");
    const socket = await RawWebSocket.open(`ws://127.0.0.1:${first.httpPort}/device`, {
      headers: { "x-forwarded-proto": "https" },
    });
    const login = { device: "careful", userName: "user-careful", token: password };
    expect(await socket.call("rpc.login", login)).toMatchObject({ error: { data: { code: "forbidden" } } });
    socket.websocket.close();
  });
});

describe("an operator", () => {
  it("stops a request at once before the device has come, otherwise when the device's session has ended", async () => {
    const early = await createRequest(api, "early");
    const stop = (id: string) => api.call<{ state: string }>("POST", `/api/provision-requests/${id}/stop`);
    expect((await stop(early.id)).body.state).toBe("STOPPED");
    const { id, password } = await createRequest(api, "stopped", { allowPlain: true });
    const device = await newcomer("stopped", password, plain(second));
    const payload = payloadOf(await device.ask());
    expect((await stop(id)).status).toBe(200);
    await device.closed;
    await eventually(async () => expect(await state(id)).toBe("STOPPED"));
    await eventually(async () => expect((await api.device("stopped")).status).toBe("retired"));
    await expect(logInAs(payload)).rejects.toThrow();
    await expect(newcomer("stopped", password)).rejects.toThrow();
    expect((await stop(id)).body.state).toBe("STOPPED");
  });

  it("stops a request whose device has gone", async () => {
    const { id, password } = await createRequest(api, "gone", { allowPlain: true });
    await (await newcomer("gone", password)).end();
    await api.call("POST", `/api/provision-requests/${id}/stop`);
    await eventually(async () => expect(await state(id)).toBe("STOPPED"));
    expect((await createRequest(api, "gone")).id).not.toBe(id);
  });
});

function mustBeSigned(reply: Reply): void {
  const [header = "", payload = "", signature = ""] = "jws" in reply ? reply.jws.split(".") : [];
  const root = new X509Certificate(ca.split(/(?<=-----END CERTIFICATE-----\n)/).at(-1) ?? "");
  const chain = chainOf(reply);
  expect(chain.at(-1)?.fingerprint256).toBe(root.fingerprint256);
  for (const [i, certificate] of chain.entries()) {
    expect(certificate.verify((chain[i + 1] ?? root).publicKey)).toBe(true);
  }
  const key = { key: chain[0]?.publicKey ?? root.publicKey, dsaEncoding: "ieee-p1363" } as const;
  expect(verify("sha256", Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, "base64url"))).toBe(true);
}
