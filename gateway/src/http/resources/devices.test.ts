import { startViews } from "@fleetlog/projections/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { type TestServer, testServer } from "../../testing/test-server.ts";

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
  it("lets one of two changes of the same revision through", async () => {
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
