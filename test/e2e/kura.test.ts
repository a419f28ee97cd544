import { randomBytes } from "node:crypto";
import type { RegisteredDevice } from "@fleetlog/protocol";
import { KuraDevice, type KuraScenario } from "@fleetlog/simulators";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
let first: RunningGateway;
let second: RunningGateway;
beforeAll(async () => {
  stack = await startStack({ gateways: 2 });
  [first, second] = stack.gateways as [RunningGateway, RunningGateway];
}, 60_000);
afterAll(() => stack[Symbol.asyncDispose]());

const loginOf = (clientId: string) => ({
  account: "plant",
  clientId,
  userName: `${clientId}-user`,
  password: "secret",
});

async function register(clientId: string): Promise<string> {
  const body = { dialect: "kura", login: loginOf(clientId), tags: ["hall"] };
  const { status, body: registered } = await stack.api.call<RegisteredDevice>("POST", "/api/devices", body);
  expect(status).toBe(201);
  expect(registered).toMatchObject({ id: `plant:${clientId}`, dialect: "kura" });
  expect(JSON.stringify(registered)).not.toContain("secret");
  return registered.id;
}

async function start(clientId: string, { mqttPort }: RunningGateway, scenario: KuraScenario = {}): Promise<KuraDevice> {
  const device = new KuraDevice({ url: `mqtt://127.0.0.1:${mqttPort}`, ...loginOf(clientId), scenario });
  await device.start();
  return device;
}

async function upload(name: string, version: string, account: string, body: Buffer): Promise<void> {
  const { status } = await fetch(`${stack.api.url}/api/artifacts/${name}/${version}?account=${account}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${stack.api.token}`, "content-type": "application/octet-stream" },
    body: new Uint8Array(body),
  });
  expect(status).toBe(201);
}

const metricsOf = async ({ api }: RunningGateway) => (await fetch(`${api.url}/metrics`)).text();

const pump = { name: "pump", version: "2.0.0" };
const properties = [{ name: "rooms", type: "String", value: ["hall"] }];
/** Each command of the dialect. */
const CALLS = [
  { name: "exec", params: { command: "echo", arguments: ["hi"] } },
  { name: "configuration.get" },
  { name: "configuration.put", params: { configurations: [{ pid: "com.example.Heater", properties }] } },
  { name: "packages.list" },
  { name: "bundles.list" },
  { name: "package.download", params: { ...pump, url: "https://files.example/pump.dp" } },
  { name: "package.install", params: pump },
  { name: "package.uninstall", params: { name: "heater" } },
];
/** A device works on one package at a time. */
const PACKAGE_CALLS = 3;

const isAt = (id: string, gateway: string) =>
  eventually(async () => expect((await stack.api.device(id)).session?.gateway).toBe(gateway));

describe("a gateway with Kura in a fleet", () => {
  it("is found, shown, commanded and retired like native devices beside it", async () => {
    const id = await register("gw-1");
    await stack.api.register("native-1", { tags: ["hall"] });
    const device = await start("gw-1", first, { gzip: true, repliesTwice: true });
    await isAt(id, "gateway-1");
    const finds = (query: string, ids: readonly string[]) =>
      eventually(async () => expect((await stack.api.devices(query)).items?.map((one) => one.id).sort()).toEqual(ids));
    await finds("?tag=hall", ["native-1", id]);
    await finds("?dialect=kura", [id]);
    await finds("?search=SN-0007", [id]);
    const run = await stack.api.command(
      id,
      { name: "exec", params: { command: "echo", arguments: ["hi"] } },
      "?wait=30s",
    );
    expect(run.body).toMatchObject({ state: "completed", result: { stdout: "hi\n" }, issuedBy: "admin" });
    const refused = await stack.api.command(id, { name: "exec", params: { comand: "echo" } });
    expect(refused).toMatchObject({ status: 400, body: { code: "invalid-request" } });
    const params = { name: "pump", version: "2.0.0", url: "https://files.example/pump.dp", install: true };
    const { url: _, ...neither } = params;
    for (const [wrong, field] of [
      [neither, "params.url"],
      [{ ...params, artifact: "pump" }, "params.artifact"],
    ] as const)
      expect(await stack.api.command(id, { name: "package.download", params: wrong })).toMatchObject({
        status: 400,
        body: { code: "invalid-request", field },
      });
    const download = await stack.api.command(id, { name: "package.download", params }, "?wait=30s");
    expect(download.body).toMatchObject({ state: "completed", result: { install: "completed" } });
    const types = (await stack.api.events(id)).map(({ type }) => type);
    for (const type of ["DeviceRegistered", "SessionOpened", "DeviceProfileReported"])
      expect(types.filter((one) => one === type)).toHaveLength(1);
    expect((await stack.api.call("POST", `/api/devices/${id}/token`)).body).toMatchObject({ code: "dialect-mismatch" });
    expect((await stack.api.call("DELETE", `/api/devices/${id}`)).status).toBe(204);
    await expect(start("gw-1", first)).rejects.toThrow();
    await device.stop();
  });

  it("downloads an artifact of its account by its own link, checks the digest, and can't download another account's", async () => {
    const id = await register("gw-3");
    const device = await start("gw-3", first, { fetches: true });
    await isAt(id, "gateway-1");
    const bytes = randomBytes(200_000);
    await stack.api.call("POST", "/api/accounts", { id: "elsewhere", name: "elsewhere" });
    await upload("pump", "2.0.0", "main", bytes);
    await upload("secret", "1.0.0", "elsewhere", bytes);
    const download = (params: object) => stack.api.command(id, { name: "package.download", params }, "?wait=30s");
    const done = await download({ artifact: "pump", name: "pump", version: "2.0.0", install: true });
    expect(done.body).toMatchObject({ state: "completed", result: { install: "completed" } });
    expect(device.applications.files.get("pump 2.0.0")).toEqual(bytes);
    expect(device.applications.packages.get("pump")).toBe("2.0.0");
    expect(JSON.stringify(await stack.api.events(id))).not.toContain("signature");
    for (const artifact of ["secret", "none"])
      expect((await download({ artifact, name: "x", version: "1.0.0" })).body).toMatchObject({
        state: "failed",
        error: { code: "artifact-unknown", message: `the device's account has no artifact ${artifact} 1.0.0` },
      });
    const read = await stack.api.command(id, { name: "packages.list" }, "?wait=30s");
    expect(read.body).toMatchObject({ state: "completed" });
    await device.stop();
  });

  it.each([
    ["400", { code: 400 }, "the device can't do this request as it is"],
    ["404 and a reason", { code: 404, message: "not here" }, "the device has no such resource: not here"],
    ["500 and a reason", { code: 500, message: "no service" }, "the device could not do the request: no service"],
  ] as const)("may answer each call twice with %s; each command fails once", async (_, refuses, message) => {
    const id = await register(`refuses-${refuses.code}`);
    const device = await start(`refuses-${refuses.code}`, first, { refuses, repliesTwice: true });
    const ended = await Promise.all(
      CALLS.map((call) => stack.api.command(id, { ...call, deadline: "60s" }, "?wait=30s")),
    );
    expect(ended.map(({ body: { name, state, error } }) => ({ name, state, error }))).toEqual(
      CALLS.map(({ name }) => ({ name, state: "failed", error: { code: `kura-${refuses.code}`, message } })),
    );
    const types = (await stack.api.events(id)).map(({ type }) => type);
    expect(types.filter((type) => type === "CommandFailed")).toHaveLength(CALLS.length);
    await device.stop();
  });

  it("fails a command whose reply can't be read", async () => {
    const id = await register("garbled-1");
    const device = await start("garbled-1", first, { garbled: true });
    for (const name of ["configuration.get", "packages.list", "bundles.list"])
      expect((await stack.api.command(id, { name }, "?wait=30s")).body).toMatchObject({
        state: "failed",
        error: { code: "unreadable-reply" },
      });
    await device.stop();
  });

  it.each<[string, KuraScenario]>([
    ["does not reply", { silent: true }],
    ["replies to another requester, which is refused and counted", { repliesTo: "somebody" }],
  ])("that %s: each call ends at its deadline, and the connection stays", async (_, scenario) => {
    const clientId = scenario.silent ? "silent-1" : "astray-1";
    const id = await register(clientId);
    const device = await start(clientId, first, scenario);
    const refused = async () =>
      Number(/^fleetlog_events_refused_total\{code="forbidden"\} (\d+)/m.exec(await metricsOf(first))?.[1] ?? 0);
    const before = await refused();
    await isAt(id, "gateway-1");
    const ended = await Promise.all(
      CALLS.map((call) => stack.api.command(id, { ...call, deadline: "2s" }, "?wait=30s")),
    );
    expect(ended.map(({ body }) => body.state)).toEqual(CALLS.map(() => "expired"));
    expect(device.requests.length).toBeGreaterThanOrEqual(CALLS.length - PACKAGE_CALLS + 1);
    if (scenario.repliesTo !== undefined) expect(await refused()).toBeGreaterThanOrEqual(before + 5);
    const { status, session } = await stack.api.device(id);
    expect([status, session?.gateway]).toEqual(["connected", "gateway-1"]);
    await device.stop();
  });

  it("continues at another gateway when its own is killed", async () => {
    const id = await register("gw-2");
    const device = await start("gw-2", second);
    await isAt(id, "gateway-2");
    await second.process.kill();
    await device.breakOff();
    const moved = await start("gw-2", first);
    await isAt(id, "gateway-1");
    const read = await stack.api.command(id, { name: "configuration.get" }, "?wait=30s");
    expect(read.body).toMatchObject({ state: "completed" });
    await second.restart();
    await moved.stop();
    await eventually(async () => expect(await stack.api.device(id)).toMatchObject({ status: "disconnected" }));
  });
});
