import type { JsonObject } from "@fleetlog/domain";
import { startViews } from "@fleetlog/projections/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { type TestServer, testServer } from "../../../testing/test-server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await testServer();
  await startViews(server.node.backbone);
  await call("POST", "/api/devices", { id: "d1", name: "One", tags: ["a"] });
});

function call(method: "GET" | "POST" | "PATCH", url: string, payload?: object, headers: Record<string, string> = {}) {
  const authorization = `Bearer ${server.token}`;
  return server.app.inject({ method, url, headers: { authorization, ...headers }, ...(payload && { payload }) });
}

describe("If-Match", () => {
  it("accepts the first of two changes of the same revision", async () => {
    const { etag = "" } = (await call("GET", "/api/devices/d1")).headers;
    expect(etag).toMatch(/^"[\w-]{16}"$/);
    const headers = { "if-match": String(etag) };
    const first = await call("PATCH", "/api/devices/d1", { tags: ["a", "b"] }, headers);
    expect(first.statusCode).toBe(200);
    const second = await call("PATCH", "/api/devices/d1", { tags: ["a", "c"] }, headers);
    expect(second.json()).toMatchObject({ status: 412, code: "precondition-failed", field: "If-Match" });
    const now = await call("GET", "/api/devices/d1");
    expect(now.json()).toMatchObject({ tags: ["a", "b"] });
    expect(now.headers.etag).toBe(first.headers.etag);
    const changed = await call("PATCH", "/api/devices/d1", { tags: ["c"] }, { "if-match": `"x", ${now.headers.etag}` });
    expect(changed.json()).toMatchObject({ tags: ["c"] });
  });

  it.each([
    ["*", 200],
    ['W/"x"', 412],
    ['"x"', 412],
    ["abc", 412],
    ["a b", 400],
  ])("%s gets %i", async (header, status) => {
    const answer = await call("PATCH", "/api/devices/d1", { name: "Two" }, { "if-match": header });
    expect(answer.statusCode).toBe(status);
    expect((await call("GET", "/api/devices/d1")).json().name).toBe(status === 200 ? "Two" : "One");
  });
});

it("a header that is not valid is named as it is written", async () => {
  const answer = await call("PATCH", "/api/devices/d1", { name: "Two" }, { "if-match": `"${"x".repeat(1_024)}"` });
  const detail = "If-Match must have at most 1024 characters";
  expect(answer.json()).toMatchObject({ status: 400, field: "If-Match", detail });
  const key = { "idempotency-key": "x".repeat(257) };
  const issued = await call("POST", "/api/devices/d1/commands", { name: "reboot" }, key);
  expect(issued.json()).toMatchObject({ status: 400, field: "Idempotency-Key" });
});

describe("POST /api/devices/batch", () => {
  it("answers each device with its token or its error, in order", async () => {
    const devices = [
      { id: "d2", tags: ["a"] },
      { id: "d1" },
      { id: "d 3" },
      { id: "rows" },
      { id: "d4" },
      { id: "d4" },
    ];
    const answer = await call("POST", "/api/devices/batch", { devices });
    expect(answer.statusCode).toBe(200);
    const { items, registered } = answer.json();
    expect(registered).toBe(2);
    expect(items).toMatchObject([
      { id: "d2", token: expect.any(String), seq: expect.any(Number) },
      { id: "d1", error: { code: "device-exists", field: "id" } },
      { id: "d 3", error: { code: "invalid-request", field: "id" } },
      { id: "rows", error: { code: "invalid-request", field: "id" } },
      { id: "d4" },
      { id: "d4" },
    ]);
    expect(items.slice(4).filter(({ token }: { token?: string }) => token !== undefined)).toHaveLength(1);
    expect(items.slice(4).find(({ error }: { error?: object }) => error !== undefined)).toMatchObject({
      error: { code: "device-exists" },
    });
    expect(await server.node.fleet.credentials.verify("d2", items[0].token)).toBeDefined();
    expect((await call("GET", "/api/devices/d2")).json()).toMatchObject({ id: "d2", tags: ["a"] });
  });

  it("registers no device when one is invalid, and answers with its row and field", async () => {
    const answer = await call("POST", "/api/devices/batch", { devices: [{ id: "d2" }, { id: "d3", tags: ["a b"] }] });
    expect(answer.json()).toMatchObject({ status: 400, field: "devices[1].tags[0]" });
    expect((await call("POST", "/api/devices/batch", { devices: [] })).statusCode).toBe(400);
    expect((await call("GET", "/api/devices/d2")).statusCode).toBe(404);
  });

  it("answers all 500 devices with `log-full` when the log is full", async () => {
    server.node.backbone.full();
    const devices = Array.from({ length: 500 }, (_, i) => ({ id: `many-${i}` }));
    const { items, registered } = (await call("POST", "/api/devices/batch", { devices })).json();
    expect(registered).toBe(0);
    expect(items).toHaveLength(500);
    expect(new Set(items.map(({ error }: { error: { code: string } }) => error.code))).toEqual(new Set(["log-full"]));
  });
});

it("GET /api/devices/{id} has the fault of a known field in the reported profile", async () => {
  const { fleet } = server.node;
  const report = (profile: JsonObject) => {
    const body = { type: "DeviceProfileReported", data: { device: "d1", profile } } as const;
    return fleet.writer.append(fleet.writer.event(body, "d1"));
  };
  await report({ model: 5 });
  const fault = "model must be text; the profile is recorded, but this is not understood";
  expect((await call("GET", "/api/devices/d1")).json()).toMatchObject({ profile: { model: 5 }, profileFault: fault });
  await report({ model: "P1" });
  expect((await call("GET", "/api/devices/d1")).json()).not.toHaveProperty("profileFault");
});
