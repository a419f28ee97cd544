import { request } from "node:http";
import { text } from "node:stream/consumers";
import type { DevicePage } from "@fleetlog/protocol";
import { TpedmGateway } from "@fleetlog/simulators";
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";

const TRUSTED = "127.0.0.9";
const DEVICE = { clientid: "plant-1", username: "line-1", password: "correct-horse" };

let stack: Stack;
let port: number;
let mqttUrl: string;
let operator: string;
beforeAll(async () => {
  stack = await startStack({ env: { FLEETLOG_TPEDM_PORT: "0", FLEETLOG_TPEDM_CLIENTS: TRUSTED } });
  const [gateway] = stack.gateways;
  port = gateway?.process.ready.dialectPorts?.tpedm ?? 0;
  mqttUrl = `mqtt://127.0.0.1:${gateway?.mqttPort}`;
  operator = await key({ name: "plant program", role: "operator" });
}, 120_000);
afterAll(() => stack[Symbol.asyncDispose]());

async function key(body: object): Promise<string> {
  const made = await stack.api.call<{ key: string }>("POST", "/api/api-keys", body);
  expect(made.status).toBe(201);
  return made.body.key;
}

const bearer = (token = operator) => ({ authorization: `Bearer ${token}` });

async function call(
  method: string,
  path: string,
  {
    body,
    headers = bearer(),
    from = "127.0.0.1",
  }: {
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
    readonly from?: string;
  } = {},
): Promise<{ status: number | undefined; body: Record<string, unknown> }> {
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof call>>>();
  const more =
    sent === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(sent) };
  const options = { port, host: "127.0.0.1", localAddress: from, method, path, headers: { ...headers, ...more } };
  request(options, async (response) => {
    const answer = await text(response);
    resolve({ status: response.statusCode, body: answer === "" ? {} : JSON.parse(answer) });
  })
    .on("error", reject)
    .end(sent);
  return promise;
}

describe("the web API of TPEDM", () => {
  it("accepts an API key as bearer token or basic password, or a trusted address, and nothing else", async () => {
    const basic = (password: string) => ({ authorization: `Basic ${btoa(`any:${password}`)}` });
    const path = "/api/operation/category";
    expect(await call("GET", path)).toMatchObject({ status: 200 });
    expect(await call("GET", path, { headers: basic(operator) })).toMatchObject({ status: 200 });
    expect(await call("GET", path, { headers: {}, from: TRUSTED })).toMatchObject({ status: 200 });
    for (const headers of [{}, basic("wrong"), { authorization: "Bearer wrong" }, { authorization: "Digest x" }])
      expect(await call("GET", path, { headers })).toMatchObject({
        status: 401,
        body: { code: 401, error: "unauthenticated", message: expect.any(String) },
      });
    expect(await call("GET", path, { headers: basic("wrong"), from: TRUSTED })).toMatchObject({ status: 401 });
  });

  it("lists the categories and operations", async () => {
    const categories = (await call("GET", "/api/operation/category")).body as unknown as { id: number; name: string }[];
    expect(categories.map(({ name }) => name)).toEqual([
      ...["Software", "Application", "Maintenance", "Device configuration", "Modbus master", "Azure", "Others"],
    ]);
    const all = (await call("GET", "/api/operation")).body as unknown as { categoryid: number }[];
    for (const { id, name } of categories)
      expect(all.filter(({ categoryid }) => categoryid === id).length, name).toBeGreaterThanOrEqual(5);
    const some = (await call("GET", "/api/operation?categoryid=3")).body as unknown as { categoryid: number }[];
    expect(new Set(some.map(({ categoryid }) => categoryid))).toEqual(new Set([3]));
    expect(some.length).toBeLessThan(all.length);
  });

  it("registers a device, shows its session, sends it a message with its answer, and deletes it for good", async () => {
    const expiry = new Date(Date.now() + 60_000).toISOString().replace("T", " ").slice(0, 19);
    expect(await call("POST", "/api/device", { body: DEVICE })).toMatchObject({
      status: 201,
      body: { clientid: "plant-1", username: "line-1" },
    });
    expect(await call("POST", "/api/device", { body: DEVICE })).toMatchObject({ status: 409 });
    expect((await call("GET", "/api/emqx/clients/plant-1")).body).toEqual({ code: 0, data: [] });
    const gateway = new TpedmGateway({
      url: mqttUrl,
      clientId: "plant-1",
      userName: "line-1",
      password: "correct-horse",
      scenario: { payload: "text" },
    });
    await gateway.start();
    await eventually(async () =>
      expect((await call("GET", "/api/emqx/clients/plant-1")).body).toMatchObject({
        code: 0,
        data: [
          {
            clientid: "plant-1",
            username: "line-1",
            connected: true,
            connected_at: expect.any(String),
            proto_name: "MQTT",
            proto_ver: 4,
            ip_address: "127.0.0.1",
            keepalive: 60,
          },
        ],
      }),
    );
    const message = {
      path: "/system/sshserver",
      method: "PUT",
      headers: [{ "request-expired-time": expiry }, { "request-id": "7" }],
      requestBody: { enable: true },
    };
    const sent = await call("POST", "/api/emqx/clients/plant-1/message", { body: message });
    expect(sent).toMatchObject({ status: 200, body: { code: 0, data: { "request-id": "7" } } });
    const { message: id } = sent.body.data as { message: string };
    await eventually(async () =>
      expect((await call("GET", `/api/emqx/clients/plant-1/message/${id}`)).body).toMatchObject({
        data: { ended: true, state: 200, payload: { data: { enable: true } } },
      }),
    );
    expect((await stack.api.call("GET", `/api/commands/${id}`)).body).toMatchObject({
      deadline: `${expiry.replace(" ", "T")}.000Z`,
    });
    await eventually(async () =>
      expect((await call("GET", "/api/device/plant-1")).body).toMatchObject({
        clientid: "plant-1",
        connected: true,
        modelName: "UC-8112A-ME-T-LX",
      }),
    );
    expect((await call("GET", "/api/device")).body).toMatchObject([{ clientid: "plant-1", connected: true }]);
    expect((await call("DELETE", "/api/device/plant-1")).status).toBe(204);
    const login = { clientId: "plant-1", username: "line-1", password: "correct-horse", reconnectPeriod: 0 };
    await expect(connectAsync(mqttUrl, login)).rejects.toThrow();
    await gateway.stop();
    expect(await call("GET", "/api/device/plant-1")).toMatchObject({ status: 404 });
  });

  it("finds a device by its client id, even if that is not a valid device id", async () => {
    const clientId = "TPE:00:90/E8 ä";
    const path = encodeURIComponent(clientId);
    const device = { clientid: clientId, username: "line 2", password: "correct-horse" };
    expect(await call("POST", "/api/device", { body: device })).toMatchObject({
      status: 201,
      body: { clientid: clientId, username: "line 2" },
    });
    expect(await call("GET", `/api/device/${path}`)).toMatchObject({
      status: 200,
      body: { clientid: clientId, username: "line 2", connected: false },
    });
    expect(await call("POST", "/api/device", { body: device })).toMatchObject({ status: 409 });
    const body = { path: "/system/sshserver", method: "GET", headers: [{ "request-id": "1" }], requestBody: null };
    const early = await call("POST", `/api/emqx/clients/${path}/message`, { body });
    const { message: cancelled } = early.body.data as { message: string };
    await stack.api.call("DELETE", `/api/commands/${cancelled}`);
    expect((await call("GET", `/api/emqx/clients/${path}/message/${cancelled}`)).body).toEqual({
      code: 0,
      data: { message: cancelled, ended: true, result: "cancelled" },
    });
    const login = { clientId, userName: device.username, password: device.password };
    const gateway = new TpedmGateway({ url: mqttUrl, ...login });
    await gateway.start();
    await eventually(async () =>
      expect((await call("GET", `/api/emqx/clients/${path}`)).body).toMatchObject({
        data: [{ clientid: clientId, username: "line 2", connected: true }],
      }),
    );
    const sent = await call("POST", `/api/emqx/clients/${path}/message`, { body });
    const { message } = sent.body.data as { message: string };
    await eventually(async () =>
      expect((await call("GET", `/api/emqx/clients/${path}/message/${message}`)).body).toMatchObject({
        data: { ended: true, state: 200, payload: { data: { port: 22 } } },
      }),
    );
    expect(await call("GET", `/api/emqx/clients/plant-9/message/${message}`)).toMatchObject({ status: 404 });
    await eventually(async () =>
      expect((await call("GET", "/api/device")).body).toContainEqual(
        expect.objectContaining({ clientid: clientId, connected: true, modelName: "UC-8112A-ME-T-LX" }),
      ),
    );
    const { items } = (await stack.api.call<DevicePage>("GET", "/api/devices?dialect=tpedm")).body;
    const { id } = items.find((item) => item.login?.clientId === clientId) ?? {};
    expect(await call("GET", `/api/device/${id}`)).toMatchObject({ status: 404 });
    expect((await call("GET", `/api/device/checkUpdate?clientid=${path}`)).body).toEqual([]);

    expect((await call("DELETE", `/api/device/${path}`)).status).toBe(204);
    await expect(
      connectAsync(mqttUrl, { clientId, username: login.userName, password: login.password, reconnectPeriod: 0 }),
    ).rejects.toThrow();
    await gateway.stop();
    expect(await call("GET", `/api/device/${path}`)).toMatchObject({ status: 404 });
  });

  it("shows a device under its new client id after a change, and refuses a client id of several devices", async () => {
    const kept = { userName: "line-4", password: "correct-horse" };
    await call("POST", "/api/device", { body: { clientid: "old 4", username: "line-4", password: "correct-horse" } });
    const { items } = (await stack.api.call<DevicePage>("GET", "/api/devices?search=line-4")).body;
    const login = { clientId: "new/4", ...kept };
    expect((await stack.api.call("PUT", `/api/devices/${items[0]?.id}/login`, { login })).status).toBe(204);
    expect(await call("GET", "/api/device/new%2F4")).toMatchObject({ status: 200, body: { clientid: "new/4" } });
    expect(await call("GET", "/api/device/old%204")).toMatchObject({ status: 404 });

    const other = { id: "plant-4", dialect: "tpedm", login: { ...login, userName: "line-5" } };
    expect((await stack.api.call("POST", "/api/devices", other)).status).toBe(201);
    expect(await call("GET", "/api/device/new%2F4")).toMatchObject({ status: 409, body: { error: "conflict" } });
  });

  it("answers every refusal in the same form, with the wrong field's name", async () => {
    await stack.api.register("native-1");
    await call("POST", "/api/device", { body: { ...DEVICE, clientid: "plant-2" } });
    const of = "/api/emqx/clients/plant-2/message";
    const message = { path: "/apps", method: "GET" };
    const late = [{ "request-expired-time": "2020-11-12 11:45:26" }];
    for (const [method, path, body, status, field] of [
      ["GET", "/api/device/nobody", undefined, 404, "clientid"],
      ["GET", "/api/device/native-1", undefined, 404, "clientid"],
      ["DELETE", "/api/device/native-1", undefined, 404, "clientid"],
      ["POST", "/api/emqx/clients/native-1/message", message, 404, "clientid"],
      ["GET", `${of}/nothing`, undefined, 404, "message"],
      ["GET", "/api/nothing", undefined, 404, undefined],
      ["POST", "/api/device", { clientid: "a+b", username: "u", password: "p" }, 400, "clientid"],
      ["POST", "/api/device", { clientid: "a" }, 400, "username"],
      ["POST", of, { path: "apps", method: "GET" }, 400, "path"],
      ["POST", of, { path: "/apps", method: "FLY" }, 400, "method"],
      ["POST", of, { ...message, headers: late }, 400, "request-expired-time"],
      ["POST", of, { ...message, headers: [{ "request-expired-time": "soon" }] }, 400, "request-expired-time"],
    ] as const)
      expect(await call(method, path, { body })).toMatchObject({
        status,
        body: {
          ...{ code: status, error: expect.any(String), message: expect.not.stringContaining("params") },
          ...(field !== undefined && { field }),
        },
      });
  });

  it("limits an API key to its role and tags", async () => {
    await call("POST", "/api/device", { body: { ...DEVICE, clientid: "plant-3" } });
    const viewer = { headers: bearer(await key({ name: "viewer", role: "viewer" })) };
    expect((await call("GET", "/api/device/plant-3", viewer)).status).toBe(200);
    expect(await call("POST", "/api/device", { ...viewer, body: DEVICE })).toMatchObject({ status: 403 });
    expect(await call("DELETE", "/api/device/plant-3", viewer)).toMatchObject({ status: 403 });
    const limited = { headers: bearer(await key({ name: "hall", role: "operator", tags: ["hall"] })) };
    expect((await call("GET", "/api/device", limited)).body).toEqual([]);
    const message = { path: "/apps", method: "GET" };
    expect(await call("POST", "/api/emqx/clients/plant-3/message", { ...limited, body: message })).toMatchObject({
      status: 404,
    });
  });
});
