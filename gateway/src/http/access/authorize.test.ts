import { registerDevice } from "@fleetlog/fleet";
import { testCaller } from "@fleetlog/fleet/testing";
import { QUERY_QUEUE, type QueryRequest, querySubject } from "@fleetlog/protocol";
import { describe, expect, it } from "vitest";
import { testServer } from "../../testing/test-server.ts";
import type { HttpResource } from "../resources/resource.ts";

type Config = { action?: "device.read" | "device.register" };
const resource = (config: Config): HttpResource => ({
  tag: "test",
  prefix: "/api",
  routes: () => async (app) => void app.get("/test", { config, schema: { hide: true } }, async () => ({ there: true })),
});
const withResource = (config: Config) => testServer({}, { routes: [resource(config)] });

describe("the server", () => {
  it("does not start when a route has no action", async () => {
    await expect(withResource({})).rejects.toThrow("the route GET /api/test names no action");
  });

  it("serves a route only to a caller with a valid token", async () => {
    const { app, token } = await withResource({ action: "device.read" });
    expect((await app.inject({ url: "/api/test" })).statusCode).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    expect((await app.inject({ url: "/api/test", headers })).json()).toEqual({ there: true });
  });

  it("refuses a route to a person whose role may not do the route's action", async () => {
    const { app, context } = await withResource({ action: "device.register" });
    context.operators.verify = async (token) => ({
      kind: "person",
      id: token,
      name: token,
      role: token === "viewer" ? "viewer" : "operator",
    });
    const get = (token: string) => app.inject({ url: "/api/test", headers: { authorization: `Bearer ${token}` } });
    const refused = await get("viewer");
    expect([refused.statusCode, refused.json().code]).toEqual([403, "forbidden"]);
    expect((await get("operator")).json()).toEqual({ there: true });
  });

  it("authorizes HEAD like GET", async () => {
    const { app, token } = await withResource({ action: "device.read" });
    expect((await app.inject({ method: "HEAD", url: "/api/test" })).statusCode).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    expect((await app.inject({ method: "HEAD", url: "/api/test", headers })).statusCode).toBe(200);
  });
});

describe("a person who is limited to some tags", () => {
  it("queries the views with the scope `roof`, and gets no events of other devices", async () => {
    const { app, node, context } = await testServer();
    const scope = { tags: ["roof"] };
    context.operators.verify = async () => ({ kind: "person", id: "lee", name: "Lee", role: "operator", scope });
    const queries: [name: string, scope: unknown][] = [];
    const answers = {
      "devices.list": { items: [], next: null, total: 0 },
      "devices.rows": [],
      "devices.get": null,
      "commands.list": { items: [], next: null, total: 0 },
      "commands.get": null,
    };
    for (const [name, result] of Object.entries(answers)) {
      node.backbone.bus.respond(querySubject(name), QUERY_QUEUE, (data) => {
        queries.push([name, (data as QueryRequest).scope]);
        return { result, seq: 1 };
      });
    }
    await registerDevice(node.fleet, testCaller("root", "c"), { id: "d1" });
    const headers = { authorization: "Bearer lee" };
    const get = async (url: string) => (await app.inject({ url, headers })).statusCode;
    expect(await get("/api/devices")).toBe(200);
    expect(await get("/api/devices/rows?ids=d1")).toBe(200);
    expect(await get("/api/devices/d1")).toBe(404);
    expect(await get("/api/commands")).toBe(200);
    expect(await get("/api/commands/c1")).toBe(404);
    // The names are compared as sets, because `commands.get` may be queried twice for an unknown command.
    expect(new Set(queries.map(([name]) => name))).toEqual(new Set(Object.keys(answers)));
    for (const [, queried] of queries) expect(queried).toEqual(scope);
    expect(await get("/api/devices/d1/events")).toBe(404);
  });
});
