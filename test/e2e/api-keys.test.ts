import { once } from "node:events";
import type { ApiKeyPage, CreatedApiKey, PersonResource } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { Api } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";
import { msUntil, withinASecond } from "../support/within-a-second.ts";
import { writtenOf } from "../support/written.ts";

let stack: Stack;
let first: RunningGateway;
let second: RunningGateway;
const keys: string[] = [];

beforeAll(async () => {
  // Without pings, only the revocation itself ends a feed within a second: the check of all feeds comes every 30 s.
  stack = await startStack({ gateways: 2, env: { FLEETLOG_PING_INTERVAL: "1h" } });
  [first, second] = stack.gateways as [RunningGateway, RunningGateway];
});
afterAll(() => stack[Symbol.asyncDispose]());

const status = async (api: Api, method: string, path: string, body?: unknown) =>
  (await api.call(method, path, body)).status;

async function makeKey(api: Api, more: Readonly<Record<string, unknown>> = {}): Promise<CreatedApiKey> {
  const { status, body } = await api.call<CreatedApiKey>("POST", "/api/api-keys", {
    name: "reports",
    role: "viewer",
    ...more,
  });
  expect(status).toBe(201);
  keys.push(body.key);
  return body;
}

async function use(key: string) {
  const { url } = second.api;
  const api = new Api(url, key);
  const begun = await fetch(`${url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: key }),
  });
  expect(begun.status).toBe(204);
  const cookie = String(begun.headers.get("set-cookie")).split(";", 1)[0] ?? "";
  const feed = (headers: Readonly<Record<string, string>>) =>
    new WebSocket(`${url.replace("http", "ws")}/live`, { headers });
  const feeds = [feed({ authorization: `Bearer ${key}` }), feed({ cookie, origin: url })];
  const closed = Promise.all(feeds.map((each) => once(each, "close")));
  await Promise.all(feeds.map((each) => once(each, "open")));
  const statuses = async () => [
    await status(api, "GET", "/api/devices"),
    (await fetch(`${url}/api/session`, { headers: { cookie } })).status,
  ];
  expect(await statuses()).toEqual([200, 200]);
  return { api, closed, statuses };
}

describe("an API key", () => {
  it("has its role and tags on every node, and is shown once", async () => {
    await first.api.register("on-the-roof", { tags: ["roof"] });
    await first.api.register("in-the-hall", { tags: ["hall"] });
    const { key, id, ...made } = await makeKey(first.api, { tags: ["roof"] });
    expect(made).toMatchObject({ name: "reports", role: "viewer", account: "main", tags: ["roof"], owner: "admin" });
    const { api } = await use(key);
    expect((await api.devices()).items.map((device) => device.id)).toEqual(["on-the-roof"]);
    expect(await status(api, "GET", "/api/devices/in-the-hall")).toBe(404);
    expect(await status(api, "POST", "/api/devices", { id: "not-allowed" })).toBe(403);
    expect(await status(api, "POST", "/api/api-keys", { name: "another", role: "viewer" })).toBe(403);
    const list = await second.api.call<ApiKeyPage>("GET", "/api/api-keys");
    expect(list.body).toMatchObject({ items: [{ id, name: "reports" }], next: null, total: 1 });
    expect(JSON.stringify(list.body)).not.toContain("flk_");
  });

  it("loses HTTP, sessions and feeds on another node within a second when it is revoked", async () => {
    let id = "";
    await withinASecond(async () => {
      const made = await makeKey(first.api);
      id = made.id;
      const { closed, statuses } = await use(made.key);
      expect(await status(first.api, "DELETE", `/api/api-keys/${id}`)).toBe(204);
      const refused = eventually(async () => expect(await statuses()).toEqual([401, 401]));
      return msUntil(Promise.all([closed, refused]));
    });
    expect(await status(first.api, "DELETE", `/api/api-keys/${id}`)).toBe(204);
    expect(await status(first.api, "DELETE", "/api/api-keys/none")).toBe(404);
  });

  it("loses HTTP, sessions and feeds when it expires", async () => {
    // On a busy machine a key may expire before everything is open: the next one lives longer.
    let lifeMs = 1_500;
    const { closed, statuses } = await eventually(async () => {
      lifeMs *= 2;
      const { key } = await makeKey(first.api, { expiresAt: new Date(Date.now() + lifeMs).toISOString() });
      return use(key);
    });
    await closed;
    await eventually(async () => expect(await statuses()).toEqual([401, 401]));
  });

  it("loses HTTP, sessions and feeds with the person who made it", async () => {
    const invited = await first.api.call<PersonResource>("POST", "/api/people", {
      email: "ada@example.org",
      role: "operator",
    });
    const { id } = invited.body;
    const { body } = await first.api.call<{ code: string }>("POST", `/api/people/${id}/link`);
    const credentials = { email: "ada@example.org", password: "correct horse battery" };
    const anonymous = new Api(second.api.url, "none");
    expect(await status(anonymous, "POST", "/api/people/reset", { ...credentials, code: body.code })).toBe(204);
    const logIn = await anonymous.call<{ accessToken: string }>("POST", "/api/tokens", credentials);
    const ada = new Api(second.api.url, logIn.body.accessToken);
    expect(await status(ada, "POST", "/api/api-keys", { name: "too much", role: "owner" })).toBe(403);
    const { key } = await makeKey(ada, { role: "operator" });
    const { api, closed, statuses } = await use(key);
    expect(await status(first.api, "PATCH", `/api/people/${id}`, { role: "viewer" })).toBe(200);
    await closed;
    await eventually(async () => expect(await status(api, "POST", "/api/devices", { id: "late" })).toBe(403));
    expect(await statuses()).toEqual([200, 200]);
    expect(await status(first.api, "DELETE", `/api/people/${id}`)).toBe(204);
    await eventually(async () => expect(await statuses()).toEqual([401, 401]));
    const left = await first.api.call<ApiKeyPage>("GET", "/api/api-keys");
    expect(left.body.items.map(({ owner }) => owner)).not.toContain(id);
  });

  it("is in no file or log line of the processes", async () => {
    const secrets = keys.map((key) => key.split(".")[1] ?? key);
    expect(await writtenOf(stack, [...secrets, "ApiKeyRevoked"])).toEqual(["ApiKeyRevoked"]);
  });
});
