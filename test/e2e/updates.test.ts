import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { type BodyOf, type FleetEvent, toEvent } from "@fleetlog/domain";
import { type Backbone, connectBackbone, declareStreams } from "@fleetlog/log";
import type { CommandResource, ScanResource, UpdatesPage, UpdatesResource } from "@fleetlog/protocol";
import { TpedmGateway } from "@fleetlog/simulators";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authority } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { writtenOf } from "../support/written.ts";

const DEVICES = 2_000;
const MODELS = ["UC-0", "UC-1", "UC-2", "UC-3"];
/** The model of simulated gateways. */
const SIMULATED = "UC-8112A-ME-T-LX";
const FIRMWARE = { firmwareVersion: "1.5.0", yamlUrl: "https://vendor.example/firmware_1.5.0.yaml" };
const SOFTWARE = {
  ...{ version: "2.2.0", buildNumber: "1800", yamlUrl: "https://vendor.example/thingspro_2.2.0-1800.yaml" },
  dependency: { minFirmwareVersion: "1.5.0" },
};
const limits = { maxBytes: 4 * 1024 ** 3, replicas: 1 };
const authority = new Authority("Vendor CA");
const client = authority.issue({ names: ["scans"] });

let stack: Stack;
let backbone: Backbone;
let server: Server;
let url: string;
/** `<category> <model>` of each request. */
const asked: string[] = [];
let release: () => void = () => {};
/** The catalogue answers requests about UC-3 only after this. */
const released = new Promise<void>((resolve) => {
  release = resolve;
});

beforeAll(async () => {
  const { cert, key } = authority.issue({ names: ["catalogue"], usage: "server" });
  server = createServer({ cert, key, ca: authority.cert, requestCert: true, rejectUnauthorized: true });
  server.on("request", async ({ url: path = "" }, response) => {
    const { searchParams } = new URL(path, "https://catalogue");
    const [category, model] = [searchParams.get("category") ?? "", searchParams.get("model") ?? ""];
    asked.push(`${category} ${model}`);
    if (model === "UC-3") await released;
    if (model === SIMULATED) {
      response.end(JSON.stringify({ data: [category === "mil" ? FIRMWARE : SOFTWARE] }));
      return;
    }
    if (model === "UC-2" && category === "tpe") {
      response.writeHead(503).end();
      return;
    }
    const software = { version: "2.2.0", buildNumber: "1800", dependency: { minFirmwareVersion: "1.5.0" } };
    const data = model === "UC-1" ? [] : [category === "mil" ? { firmwareVersion: "1.5.0" } : software];
    response.end(JSON.stringify({ data }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  stack = await startStack({ env: { FLEETLOG_CATALOGUE_NETWORKS: "127.0.0.1", FLEETLOG_TPEDM_PORT: "0" } });
  const streams = declareStreams({ FLEET: limits, TELEMETRY: limits });
  backbone = await connectBackbone({ url: stack.nats.url, name: "updates", streams });
}, 60_000);
afterAll(async () => {
  release();
  await backbone.close();
  await stack[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

const idOf = (i: number) => `d${String(i).padStart(4, "0")}`;
const of = async (device: string): Promise<UpdatesResource | undefined> =>
  (await stack.api.call<UpdatesPage>("GET", `/api/updates?device=${device}`)).body.items[0];
const totalOf = async (query: string) => (await stack.api.call<UpdatesPage>("GET", `/api/updates?${query}`)).body.total;
const catalogue = (name: string, model: string) =>
  stack.api.call("PUT", `/api/catalogues/${name}`, {
    ...{ kind: "tpedm", url, models: [model], certificate: client.cert, key: client.key, ca: authority.cert },
  });

function append<T extends "DeviceRegistered" | "DeviceProfileReported">(type: T, data: BodyOf<T>["data"]) {
  const { device: entity } = data;
  const frame = { id: crypto.randomUUID(), source: "/tests", time: new Date().toISOString(), entity };
  return backbone.log.append(toEvent({ type, data } as BodyOf<T>, frame) as FleetEvent);
}

async function add(device: string, model: string, tags: string[], firmware = "1.4.0"): Promise<void> {
  await append("DeviceRegistered", { device, tags, by: "admin", dialect: "tpedm" });
  await append("DeviceProfileReported", { device, profile: { model, firmware, thingsproVersion: "2.1.0-1600" } });
}

/** Resolves when the reactors have handled all profiles, so that from now on only scans ask the catalogue. */
async function profilesAreSeen(): Promise<void> {
  await catalogue("probe", "PROBE");
  await add("probe", "PROBE", [], "1.0.0");
  for (const firmware of ["1.0.0", "1.1.0"]) {
    if (firmware !== "1.0.0")
      await append("DeviceProfileReported", { device: "probe", profile: { model: "PROBE", firmware } });
    await eventually(async () => expect((await of("probe"))?.updates[0]?.current).toBe(firmware), 120_000);
  }
}

describe("a scan of 2,000 devices over mutual TLS", () => {
  it("finds the right updates and makes one request for each model and category, even if the reactors are killed", async () => {
    for (let from = 0; from < DEVICES; from += 100) {
      const some = Array.from({ length: 100 }, (_, i) => from + i);
      await Promise.all(some.map((i) => add(idOf(i), MODELS[i % MODELS.length] ?? "", ["scanned"])));
    }
    await profilesAreSeen();
    asked.length = 0;
    expect((await catalogue("vendor", "UC-*")).status).toBe(201);
    const scan = { to: { filter: { tag: "scanned" } }, catalogue: "vendor" };
    const { body } = await stack.api.call<{ id: string }>("POST", "/api/scans", scan);
    const progress = async () => (await stack.api.call<ScanResource>("GET", `/api/scans/${body.id}`)).body;
    await eventually(async () => {
      for (const i of [0, 1, 2]) expect(await of(idOf(i))).toBeDefined();
      expect(asked).toContain("mil UC-3");
    }, 60_000);
    const [reactors] = stack.reactors;
    await reactors?.process.kill();
    release();
    await reactors?.restart();
    await eventually(async () => expect(await progress()).toMatchObject({ state: "ended", done: DEVICES }), 120_000);

    const quarter = DEVICES / 4;
    // A failed request for software does not hide that these devices can get new firmware.
    expect((await progress()).byState).toEqual({ available: 3 * quarter, failed: quarter, "not-listed": quarter });
    const needs = [{ package: "firmware", has: "1.4.0", version: "1.5.0", offered: "1.5.0" }];
    for (const i of [0, 3, DEVICES - 1])
      expect(await of(idOf(i))).toMatchObject({
        state: "available",
        updates: [
          { package: "firmware", current: "1.4.0", available: "1.5.0" },
          { package: "thingspro", state: "blocked", current: "2.1.0-1600", newest: "2.2.0-1800", needs },
        ],
      });
    expect(await of(idOf(1))).toMatchObject({ state: "not-listed", updates: [], failures: [] });
    expect(await of(idOf(2))).toMatchObject({
      state: "failed",
      updates: [{ package: "firmware", state: "available" }],
      failures: [{ catalogue: "vendor", category: "software", reason: "it answered 503" }],
    });
    expect(await totalOf("state=failed")).toBe(quarter);
    expect(await totalOf("state=available&model=UC-2")).toBe(quarter);
    expect(await totalOf("package=thingspro&state=blocked")).toBe(2 * quarter);
    // Only the request that was unanswered when the process was killed is repeated.
    const others = asked.filter((one) => one !== "mil UC-3");
    expect(others.sort()).toEqual([...new Set(others)].sort());
    expect(new Set(asked).size).toBe(2 * MODELS.length);
    expect(asked.length - others.length).toBeLessThanOrEqual(2);
  }, 400_000);

  it("leaves the client key in no answer, event, file or log line", async () => {
    const { body } = await stack.api.call("GET", "/api/catalogues/vendor");
    expect(body).toMatchObject({ name: "vendor", has: ["key"] });
    const secret = client.key.split("\n")[1] ?? "none";
    expect(JSON.stringify(body)).not.toContain(secret);
    expect(await writtenOf(stack, [secret])).toEqual([]);
  });
});

describe("an update that is sent to a gateway of TPEDM", () => {
  const login = { clientId: "plant-1", userName: "line-1", password: "correct-horse-battery" };
  const send = (body: object = {}) => stack.api.call<CommandResource>("POST", "/api/devices/plant-1/updates", body);
  const states = async () => (await of("plant-1"))?.updates.map((one) => `${one.package} ${one.state}`);
  const ended = (id: string) =>
    eventually(async () => {
      const { body } = await stack.api.call<CommandResource>("GET", `/api/commands/${id}`);
      expect(body).toMatchObject({ state: "completed", result: { state: "succeed" } });
      return body;
    }, 120_000);
  let gateway: TpedmGateway | undefined;
  const requests: string[] = [];
  afterAll(() => gateway?.stop());

  it("is installed by the gateway's own REST API, firmware before software, and followed to its end", async () => {
    expect((await stack.api.call("POST", "/api/devices", { dialect: "tpedm", login })).status).toBe(201);
    const onRequest = (method: string, path: string) => requests.push(`${method} ${path}`);
    const port = stack.gateways[0]?.mqttPort;
    gateway = new TpedmGateway({ url: `mqtt://127.0.0.1:${port}`, ...login, onRequest });
    await gateway.start();
    await eventually(async () => expect((await stack.api.device("plant-1")).profile?.model).toBe(SIMULATED), 60_000);
    const scan = { to: { devices: ["plant-1"] }, catalogue: "vendor" };
    expect((await stack.api.call("POST", "/api/scans", scan)).status).toBe(202);
    await eventually(async () => expect(await states()).toEqual(["firmware available", "thingspro blocked"]), 60_000);

    expect(await send({ package: "thingspro" })).toMatchObject({ status: 409, body: { code: "update-unavailable" } });
    const firmware = await send();
    expect(firmware).toMatchObject({ status: 202, body: { name: "update", params: { version: "1.5.0" } } });
    expect(await ended(firmware.body.id)).toMatchObject({ progress: { percent: 100 } });
    expect(requests.filter((one) => one === "POST /upgrades")).toHaveLength(1);
    expect(requests).toContain("GET /upgrades/1");

    // The new profile is compared with the catalogues at once.
    await eventually(
      async () => expect(await states()).toEqual(["firmware up-to-date", "thingspro available"]),
      60_000,
    );
    const software = await send();
    expect(software.body.params).toMatchObject({ package: "thingspro", version: "2.2.0-1800" });
    await ended(software.body.id);
    await eventually(
      async () => expect(await states()).toEqual(["firmware up-to-date", "thingspro up-to-date"]),
      60_000,
    );
    expect(await send()).toMatchObject({ status: 409, body: { code: "update-unavailable" } });
  }, 300_000);

  it("is shown to programs that were written for TPEDM's web API", async () => {
    const key = await stack.api.call<{ key: string }>("POST", "/api/api-keys", { name: "plant", role: "operator" });
    const port = stack.gateways[0]?.process.ready.dialectPorts?.tpedm;
    const checkUpdate = async (query: string) => {
      const headers = { authorization: `Bearer ${key.body.key}` };
      const answer = await fetch(`http://127.0.0.1:${port}/api/device/checkUpdate${query}`, { headers });
      expect(answer.status).toBe(200);
      return (await answer.json()) as { clientid: string }[];
    };
    expect(await checkUpdate("?clientid=plant-1")).toMatchObject([
      {
        ...{ clientid: "plant-1", modelName: SIMULATED, state: "up-to-date", errors: [] },
        mil: [{ packageName: "firmware", currentVersion: "1.5.0", version: "1.5.0", yamlUrl: FIRMWARE.yamlUrl }],
        tpe: [{ packageName: "thingspro", currentVersion: "2.2.0-1800", state: "up-to-date" }],
      },
    ]);
    const errors = [{ catalogue: "vendor", category: "tpe", message: "it answered 503" }];
    expect(await checkUpdate(`?clientid=${idOf(2)}`)).toMatchObject([{ state: "failed", errors }]);
    expect(await checkUpdate("?clientid=none")).toEqual([]);
    const all = await checkUpdate("");
    expect(all.map(({ clientid }) => clientid)).toContain("plant-1");
    expect(all.length).toBeGreaterThanOrEqual(DEVICES);
  }, 60_000);
});
