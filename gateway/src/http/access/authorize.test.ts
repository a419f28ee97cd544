import { describe, expect, it } from "vitest";
import { testServer } from "../../testing/test-server.ts";
import type { HttpResource } from "../resources/resource.ts";

const resource = (config: { action?: "device.read" }): HttpResource => ({
  tag: "test",
  prefix: "/api",
  routes: () => async (app) => void app.get("/test", { config, schema: { hide: true } }, async () => ({ there: true })),
});
const withResource = (config: { action?: "device.read" }) => testServer({}, { routes: [resource(config)] });

describe("routes and their actions", () => {
  it("does not start with a route that names no action", async () => {
    await expect(withResource({})).rejects.toThrow("the route GET /api/test names no action");
  });

  it("lets through whose role may do the action, and nobody else", async () => {
    const { app, token } = await withResource({ action: "device.read" });
    expect((await app.inject({ url: "/api/test" })).statusCode).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    expect((await app.inject({ url: "/api/test", headers })).json()).toEqual({ there: true });
  });

  it("judges a HEAD request as the GET that it stands for", async () => {
    const { app, token } = await withResource({ action: "device.read" });
    expect((await app.inject({ method: "HEAD", url: "/api/test" })).statusCode).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    expect((await app.inject({ method: "HEAD", url: "/api/test", headers })).statusCode).toBe(200);
  });
});
