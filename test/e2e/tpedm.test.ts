import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { CommandResource, RegisteredDevice } from "@fleetlog/protocol";
import { TpedmGateway, type TpedmScenario } from "@fleetlog/simulators";
import { connectAsync, type IClientOptions } from "mqtt";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";

let stack: Stack;
let first: RunningGateway;
let second: RunningGateway;
beforeAll(async () => {
  stack = await startStack({ gateways: 2 });
  [first, second] = stack.gateways as [RunningGateway, RunningGateway];
  await eventually(async () => expect((await stack.api.devices()).items).toEqual([]), 60_000);
}, 120_000);
afterAll(() => stack[Symbol.asyncDispose]());

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const PASSWORD = "correct-horse-battery";
const urlOf = ({ mqttPort }: RunningGateway) => `mqtt://127.0.0.1:${mqttPort}`;

async function register(clientId: string, more: object = {}): Promise<RegisteredDevice> {
  const login = { clientId, userName: "line-1", password: PASSWORD };
  const body = { dialect: "tpedm", login, ...more };
  const answer = await stack.api.call<RegisteredDevice>("POST", "/api/devices", body);
  expect(answer.status).toBe(201);
  return answer.body;
}

async function simulated(clientId: string, scenario: TpedmScenario = {}, at: RunningGateway = first) {
  const requests: string[] = [];
  const gateway = new TpedmGateway({
    url: urlOf(at),
    clientId,
    userName: "line-1",
    password: PASSWORD,
    scenario,
    onRequest: (method, path) => requests.push(`${method} ${path}`),
  });
  await gateway.start();
  ends.push(() => gateway.stop());
  return { gateway, requests };
}

const client = (options: IClientOptions, at: RunningGateway = first) =>
  connectAsync(urlOf(at), { protocolVersion: 4, reconnectPeriod: 0, ...options });

const rest = (device: string, params: object, more: object = {}, query = "?wait=20s") =>
  stack.api.command(device, { name: "rest", params, ...more }, query);

const SSH = { method: "PUT", path: "/system/sshserver", body: { enable: true, port: 22 } };

describe("a device of TPEDM", () => {
  it("is registered with its log-in, gives its profile, and is found, commanded and retired like others", async () => {
    const registered = await register("plant-7", { tags: ["hall"] });
    expect(registered).toMatchObject({ id: "plant-7", dialect: "tpedm" });
    expect(JSON.stringify(registered)).not.toContain(PASSWORD);
    await stack.api.register("native-7", { tags: ["hall"] });
    await simulated("plant-7", { settlesMs: 1_500, without: ["biosVersion"] });
    const finds = (query: string, ids: readonly string[]) =>
      eventually(async () => expect((await stack.api.devices(query)).items?.map(({ id }) => id)).toEqual(ids));
    await finds("?tag=hall", ["native-7", "plant-7"]);
    await finds("?dialect=tpedm", ["plant-7"]);
    await finds("?tag=hall&status=connected", ["plant-7"]);
    const done = await rest("plant-7", SSH);
    expect(done.body).toMatchObject({
      state: "completed",
      result: { state: 200, payload: { data: { enable: true, port: 22 } } },
      issuedBy: "admin",
    });
    await eventually(async () =>
      expect((await stack.api.device("plant-7")).profile).toMatchObject({
        modelName: "UC-8112A-ME-T-LX",
        model: "UC-8112A-ME-T-LX",
        serialNumber: "SIM-plant-7",
        firmwareVersion: "1.4.0",
        thingsproVersion: "2.1.0-1600",
      }),
    );
    expect((await stack.api.device("plant-7")).profile).not.toHaveProperty("biosVersion");
    await finds("?search=SIM-plant-7", ["plant-7"]);
    const types = (await stack.api.events("plant-7")).map(({ type }) => type);
    for (const type of ["DeviceRegistered", "SessionOpened", "CommandIssued", "CommandDelivered", "CommandCompleted"])
      expect(types.filter((one) => one === type)).toHaveLength(1);
    expect((await stack.api.call("DELETE", "/api/devices/plant-7")).status).toBe(204);
    const login = { clientId: "plant-7", username: "line-1", password: PASSWORD };
    for (const at of [first, second]) await expect(client(login, at)).rejects.toThrow("Connection refused");
  });

  it.each<[string, TpedmScenario]>([
    ["with payloads as text", { payload: "text" }],
    ["slowly and with ids as numbers", { ids: "number", answersAfterMs: 300 }],
    ["every call three times", { times: 3 }],
  ])("may answer %s; failures have the device's code and text", async (what, scenario) => {
    const id = `shape-${what.length}`;
    await register(id);
    await simulated(id, scenario);
    const [done, failed, wrong, unknown] = await Promise.all([
      rest(id, { method: "get", path: "/api/v1/system/sshserver" }),
      rest(id, { method: "GET", path: "/no/such" }),
      rest(id, { method: "GET", path: "no-slash" }),
      stack.api.command(id, { name: "reboot" }, "?wait=20s"),
    ]);
    expect(done.body).toMatchObject({ state: "completed", result: { state: 200, payload: { data: { port: 22 } } } });
    expect(failed.body).toMatchObject({
      state: "failed",
      error: { code: "notFound", message: "no resource at /no/such", data: { state: 404 } },
    });
    expect(wrong.body).toMatchObject({ state: "failed", error: { code: "invalid-params" } });
    expect(unknown.body).toMatchObject({ state: "failed", error: { code: "command-unsupported" } });
    const types = (await stack.api.events(id)).map(({ type }) => type);
    expect(types.filter((type) => type === "CommandCompleted" || type === "CommandFailed")).toHaveLength(4);
  });

  it("may report failures in each form that devices use; an answer with id -1 fails only expired requests", async () => {
    const id = "fails-1";
    await register(id);
    const device = await client({ clientId: id, username: "line-1", password: PASSWORD });
    ends.push(() => device.endAsync(true));
    const late = new Map<string, string>();
    const answer = (requestId: unknown, state: number, payload?: unknown) =>
      device.publishAsync(`/tpedm/${id}/output`, JSON.stringify({ "request-id": requestId, state, payload }), {
        qos: 1,
      });
    const failure = { error: { code: "notFound", message: "no such thing" } };
    const shapes: Readonly<Record<string, (requestId: string) => unknown>> = {
      "/device/general": (requestId) => answer(requestId, 200, { data: { modelName: "UC" } }),
      "/object": (requestId) => answer(Number(requestId), 404, { error: { code: 404, message: "no such thing" } }),
      "/text": (requestId) => answer(requestId, 404, JSON.stringify(failure)),
      "/word": (requestId) => answer(requestId, 400, { error: "no such thing" }),
      "/plain": (requestId) => answer(requestId, 502, "Bad Gateway"),
      "/nothing": (requestId) => answer(requestId, 500),
    };
    device.on("message", (_, bytes) => {
      const { path, headers } = JSON.parse(bytes.toString()) as { path: string; headers: Record<string, string>[] };
      const requestId = headers.find((header) => "request-id" in header)?.["request-id"] ?? "";
      if (shapes[path] === undefined) late.set(path, requestId);
      else void shapes[path](requestId);
    });
    await device.subscribeAsync(`/tpedm/${id}/input`, { qos: 1 });
    const paths = ["/object", "/text", "/word", "/plain", "/nothing"];
    const failed = await Promise.all(paths.map((path) => rest(id, { method: "GET", path })));
    expect(failed.map(({ body: { state, error } }) => [state, error?.code, error?.message])).toEqual([
      ["failed", 404, "no such thing"],
      ["failed", "notFound", "no such thing"],
      ["failed", 400, "no such thing"],
      ["failed", 502, "the device answered with state 502"],
      ["failed", 500, "the device answered with state 500"],
    ]);

    // While the reactors are paused, nothing but the device's answer ends a command that has expired.
    const reactors = stack.reactors[0]?.process.pid ?? 0;
    process.kill(reactors, "SIGSTOP");
    ends.push(() => process.kill(reactors, "SIGCONT"));
    const command = async (path: string, deadline: string) =>
      (await rest(id, { method: "PUT", path, body: {} }, { deadline }, "")).body.id;
    const [expired, open] = await Promise.all([command("/late", "2s"), command("/later", "2h")]);
    const stateOf = async (one: string) => (await stack.api.call<CommandResource>("GET", `/api/commands/${one}`)).body;
    await eventually(() => expect([...late.keys()].sort()).toEqual(["/late", "/later"]));
    const { deadline } = await stateOf(expired);
    await eventually(() => expect(Date.now()).toBeGreaterThan(Date.parse(deadline)));
    await answer(-1, 400, { error: { code: 400, message: "the request has expired" } });
    await eventually(async () =>
      expect(await stateOf(expired)).toMatchObject({ state: "failed", error: { code: "expired" } }),
    );
    expect((await stateOf(open)).state).toBe("delivered");
    await answer(late.get("/later"), 200, { data: {} });
    await eventually(async () => expect((await stateOf(open)).state).toBe("completed"));
  });

  it("gets the expiry of each request; a request that comes too late ends at its deadline", async () => {
    await register("late-1");
    const { requests } = await simulated("late-1", { clockAheadMs: 3_600_000 });
    const done = await rest("late-1", { method: "GET", path: "/apps" }, { deadline: "2s" });
    expect(["expired", "failed"]).toContain(done.body.state);
    expect(requests).toEqual([]);
    const other = await rest("late-1", { method: "GET", path: "/apps" }, { deadline: "2h" });
    expect(other.body.state).toBe("completed");
  });

  it("answers a command that was issued while it was disconnected", async () => {
    await register("away-1");
    const { body } = await rest("away-1", SSH, {}, "");
    expect(body.state).toBe("issued");
    await simulated("away-1");
    await eventually(async () =>
      expect((await stack.api.call("GET", `/api/commands/${body.id}`)).body).toMatchObject({ state: "completed" }),
    );
  });

  it("reaches only its own topics, and logs in only with the client id, user name and password of its own record", async () => {
    await register("own-1");
    await register("own-2");
    const mine = await client({ clientId: "own-1", username: "line-1", password: PASSWORD });
    ends.push(() => mine.endAsync(true));
    const { requests } = await simulated("own-2");
    const answer = '{"request-id":"1","state":200,"payload":{}}';
    for (const topic of ["/tpedm/own-2/output", "/tpedm/own-2/input", "me/telemetry", "/tpedm/own-1/output"])
      await mine.publishAsync(topic, answer, { qos: 1 });
    for (const filter of ["/tpedm/own-2/input", "/tpedm/+/input", "/tpedm/#", "#", "me/#"])
      await expect(mine.subscribeAsync(filter)).rejects.toThrow();
    await eventually(async () => {
      const refused = (await stack.api.events("own-1")).filter(({ type }) => /Refused/.test(type));
      expect(refused.length).toBeGreaterThan(0);
    });
    for (const wrong of [
      { clientId: "own-2", username: "line-2" },
      { clientId: "own-3" },
      { password: "wrong" },
      { clientId: "own-2", password: "wrong" },
    ])
      await expect(client({ clientId: "own-1", username: "line-1", password: PASSWORD, ...wrong })).rejects.toThrow();
    expect((await rest("own-2", { method: "GET", path: "/apps" })).body.state).toBe("completed");
    expect(requests).toContain("GET /apps");
    expect(mine.connected).toBe(true);
    const metrics = await (await fetch(`${first.api.url}/metrics`)).text();
    expect(metrics).toMatch(/^fleetlog_events_refused_total\{code="forbidden"\} [1-9]/m);
    expect(metrics).toMatch(/^fleetlog_subscriptions_refused_total 5$/m);
    expect(metrics).toMatch(/^fleetlog_logins_refused_total\{protocol="mqtt",reason="unauthenticated"\} [1-9]/m);
  });

  it("continues at another gateway when it connects there, and when its own is killed", async () => {
    await register("move-1");
    const before = await simulated("move-1", {}, second);
    await eventually(async () => expect((await stack.api.device("move-1")).session?.gateway).toBe("gateway-2"));
    await before.gateway.stop();
    const { body: waiting } = await rest("move-1", { method: "GET", path: "/device/time" }, {}, "");
    const again = await simulated("move-1", {}, second);
    await eventually(async () =>
      expect((await stack.api.call("GET", `/api/commands/${waiting.id}`)).body).toMatchObject({ state: "completed" }),
    );
    await second.process.kill();
    await again.gateway.stop();
    await simulated("move-1", {}, first);
    await eventually(async () => expect((await stack.api.device("move-1")).session?.gateway).toBe("gateway-1"));
    expect((await rest("move-1", { method: "GET", path: "/apps" })).body.state).toBe("completed");
    await second.restart();
  }, 180_000);
});

suiteWith("paho-python", "a device of TPEDM with paho for Python", () => {
  it("logs in by MQTT 3.1.1, subscribes and answers a call", async () => {
    await register("paho-1");
    const program = join(import.meta.dirname, "../support/paho-tpedm.py");
    const paho = spawn("python3", [program, String(first.mqttPort), "paho-1", "line-1", PASSWORD], {
      stdio: "inherit",
    });
    const ended = once(paho, "exit");
    ends.push(() => {
      paho.kill();
      return ended;
    });
    const { body } = await rest("paho-1", SSH);
    expect(body).toMatchObject({
      state: "completed",
      result: { state: 200, payload: { data: { path: "/system/sshserver", method: "PUT", body: SSH.body, qos: 1 } } },
    });
  });
});
