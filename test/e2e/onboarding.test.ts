import { createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AppSettings, createApp } from "@fleetlog/simulators";
import { connectAsync } from "mqtt";
import { pino } from "pino";
import { Client } from "rpc-websockets";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Api } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { addPerson, logIn } from "../support/people.ts";
import { MqttNewcomer, type Payload, payloadOf, type Reply, requestOf } from "../support/provisioning.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
let api: Api;
let first: RunningGateway;
let second: RunningGateway;

beforeAll(async () => {
  stack = await startStack({ gateways: 2 });
  api = stack.api;
  [first, second] = stack.gateways as [RunningGateway, RunningGateway];
});
afterAll(() => stack[Symbol.asyncDispose]());

const mqttUrl = ({ mqttPort }: RunningGateway) => `mqtt://127.0.0.1:${mqttPort}`;
const wsUrl = ({ httpPort }: RunningGateway) => `ws://127.0.0.1:${httpPort}/device`;
const newcomer = (id: string, password: string, gateway = first) =>
  MqttNewcomer.connect(mqttUrl(gateway), { clientId: id, userName: id, password });
const group = async (more: object = {}) => {
  const body = { name: "Meters", quota: 10, ...more };
  return (await api.call<{ id: string; token: string }>("POST", "/api/enrolment-groups", body)).body;
};
const codes = async (more: object = {}) => {
  const body = { ...more };
  return (await api.call<{ items: { code: string }[] }>("POST", "/api/claim-codes", body)).body.items;
};
const accountOf = async (device: string) =>
  (await api.call<{ account: string }>("GET", `/api/devices/${device}`)).body.account;

/** A client of the stock library, logged in for provisioning. */
async function rpcNewcomer(id: string, token: string, gateway = first): Promise<Client> {
  const client = new Client(wsUrl(gateway), { reconnect: false });
  await new Promise<void>((resolve, reject) => {
    client.on("open", () => resolve());
    client.on("error", reject);
  });
  await client.call("rpc.login", { device: id, userName: id, token });
  return client;
}

function loggedIn({ device, credential: { token } }: Payload) {
  return connectAsync(mqttUrl(first), { clientId: device, username: device, password: token, reconnectPeriod: 0 });
}

async function letIn(id: string, password: string, gateway = first): Promise<boolean> {
  try {
    await (await newcomer(id, password, gateway)).end();
    return true;
  } catch {
    return false;
  }
}

describe("an enrolment group", () => {
  it("enrols devices by MQTT and JSON-RPC, up to their first connection under their own identities", async () => {
    const { id, token } = await group({ tags: ["hall"] });
    const key = `${id}.${createHmac("sha256", token).update("g-rpc").digest("base64url")}`;
    const mqtt = await newcomer("g-mqtt", token);
    const client = await rpcNewcomer("g-rpc", key);
    const replies = [await mqtt.ask(), (await client.call("provision.request", {})) as Reply];
    await Promise.all([mqtt.end(), client.close()]);
    for (const payload of replies.map(payloadOf)) {
      const own = await loggedIn(payload);
      await eventually(async () => expect((await requestOf(api, payload.request)).state).toBe("COMPLETED"));
      await own.endAsync(true);
    }
    const { body } = await api.call<{ enrolled: number }>("GET", `/api/enrolment-groups/${id}`);
    expect(body.enrolled).toBe(2);
    expect(await letIn("g-mqtt", token)).toBe(false);
    expect((await api.call("POST", `/api/enrolment-groups/${id}/devices/g-mqtt/reopen`)).status).toBe(204);
    expect(await letIn("g-mqtt", token, second)).toBe(true);
  });

  it("registers each of many concurrent devices once, on two nodes, and never more than its quota", async () => {
    const { id, token } = await group({ quota: 15 });
    const devices = Array.from({ length: 25 }, (_, i) => `many-${i}`);
    const enrol = async (device: string, gateway: RunningGateway) => {
      const client = await newcomer(device, token, gateway).catch(() => undefined);
      const reply = client && payloadOf(await client.ask());
      await client?.end();
      return reply?.device;
    };
    // Each device connects once, because a second connection would end the first.
    const done = await Promise.all(devices.map((device, i) => enrol(device, i % 2 === 0 ? first : second)));
    // A device whose node decided too late tries again.
    for (const [i, device] of done.entries()) if (device === undefined) done[i] = await enrol(devices[i] ?? "", first);
    expect(done.filter((device) => device !== undefined)).toHaveLength(15);
    const { body } = await api.call<{ items: { id: string }[] }>("GET", "/api/devices?search=many-&limit=100");
    expect(body.items).toHaveLength(15);
    expect((await api.call<{ enrolled: number }>("GET", `/api/enrolment-groups/${id}`)).body.enrolled).toBe(15);
  });

  it("that has ended enrols no device any more, on any node", async () => {
    const { id, token } = await group();
    expect(await letIn("ended-1", token, second)).toBe(true);
    expect((await api.call("DELETE", `/api/enrolment-groups/${id}`)).status).toBe(204);
    expect(await letIn("ended-2", token, second)).toBe(false);
    expect(await letIn("ended-2", token, first)).toBe(false);
  });
});

describe("simulated devices", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "fleetlog-onboarding-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Starts four devices, on both protocols. Resolves once all are connected under their own identities. */
  async function started(name: string, more: Partial<AppSettings>) {
    const { httpPort, mqttPort } = first;
    const dataDir = join(folder, name);
    const app = createApp(
      { host: "127.0.0.1", httpPort, mqttPort, fleet: 4, dataDir, ...more },
      pino({ level: "silent" }),
    );
    const result = await app.start();
    await app.stop();
    return result;
  }

  it("enrol by a group's secret, and by claim codes that somebody has claimed", async () => {
    const { token } = await group();
    const enrolled = await started("group", { fleetEnrolmentSecret: token });
    expect(enrolled).toEqual({ devices: 4, connected: 4 });
    const { items } = (await api.call<{ items: { id: string }[] }>("GET", "/api/devices?search=sim-&limit=100")).body;
    for (const { id } of items) await api.call("DELETE", `/api/devices/${id}`);
    const made = await codes({ count: 4 });
    const file = join(folder, "codes.txt");
    await writeFile(file, made.map(({ code }) => code).join("\n"));
    for (const { code } of made) await api.call("POST", "/api/claims", { code });
    const claimed = await started("codes", { fleetClaimCodes: file });
    expect(claimed).toEqual({ devices: 4, connected: 4 });
  });
});

describe("a claim code", () => {
  it("makes a device wait, by MQTT and by JSON-RPC, until somebody on another node has claimed it", async () => {
    await api.call("POST", "/api/accounts", { id: "north", name: "North" });
    const [a, b] = await codes({ count: 2, batch: "wait" });
    const mqtt = await newcomer("c-mqtt", a?.code ?? "", second);
    const client = await rpcNewcomer("c-rpc", b?.code ?? "", second);
    const waiting = [mqtt.ask(), client.call("provision.request", {}, 30_000) as Promise<Reply>];
    await eventually(async () => {
      const { body } = await api.call<{ total: number }>("GET", "/api/claim-codes?batch=wait&state=waiting");
      expect(body.total).toBe(2);
    });
    for (const made of [a, b]) {
      const answer = await api.call("POST", "/api/claims", { code: made?.code, account: "north", name: "Mine" });
      expect(answer.status).toBe(201);
    }
    const payloads = (await Promise.all(waiting)).map(payloadOf);
    expect(payloads.map(({ device }) => device)).toEqual(["c-mqtt", "c-rpc"]);
    await Promise.all([mqtt.end(), client.close()]);
    const own = await loggedIn(payloads[0] as Payload);
    await eventually(async () => expect(await accountOf("c-mqtt")).toBe("north"));
    await own.endAsync(true);
    await eventually(async () => expect(await letIn("c-mqtt", a?.code ?? "")).toBe(false));
  });

  it("is in the log and the views only as a hash, and is printed as CSV", async () => {
    const answer = await fetch(`${api.url}/api/claim-codes`, {
      method: "POST",
      headers: { authorization: `Bearer ${api.token}`, accept: "text/csv", "content-type": "application/json" },
      body: JSON.stringify({ devices: [{ id: "csv-1" }, { serial: "S2" }], batch: "printed" }),
    });
    expect(answer.headers.get("content-disposition")).toContain("claim-codes-printed.csv");
    const lines = (await answer.text()).trim().split("\r\n");
    expect(lines[1]).toMatch(/^1,([0-9A-Z]{4}-){4}[0-9A-Z]{4},csv-1,$/);
    expect(lines[2]).toMatch(/^2,([0-9A-Z]{4}-){4}[0-9A-Z]{4},,S2$/);
    const listed = await api.call("GET", "/api/claim-codes?batch=printed");
    for (const line of lines.slice(1)) expect(JSON.stringify(listed.body)).not.toContain(line.split(",")[1]);
  });

  it("can be used by another person after 40 wrong codes from the same address", async () => {
    await addPerson(api, "claims@example.org");
    const other = await logIn(api.url, "claims@example.org");
    const [made] = await codes({ count: 1 });
    const tries = Array.from({ length: 40 }, () => api.call("POST", "/api/claims", { code: "WRONGCODE" }));
    const statuses = new Set((await Promise.all(tries)).map(({ status }) => status));
    expect(statuses).toEqual(new Set([404, 429]));
    expect((await other.call("POST", "/api/claims", { code: made?.code })).status).toBe(201);
  });
});
