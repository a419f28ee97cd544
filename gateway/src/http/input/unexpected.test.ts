import { beforeEach, describe, expect, it } from "vitest";
import { type TestServer, testServer } from "../../testing/test-server.ts";

let server: TestServer;
let token = "";
beforeEach(async () => {
  server = await testServer();
  const registered = await call("POST", "/api/devices", { id: "d1", tags: ["a"] });
  ({ token } = registered.json());
});

type Method = "GET" | "POST" | "PATCH" | "DELETE";

function call(method: Method, url: string, payload?: object, headers: Readonly<Record<string, string>> = {}) {
  const authorization = `Bearer ${server.token}`;
  return server.app.inject({ method, url, headers: { authorization, ...headers }, ...(payload && { payload }) });
}

const tokenWorks = async () => (await server.node.fleet.credentials.verify("d1", token)) !== undefined;

describe("a part of a request that its route would ignore", () => {
  it("is refused when it is a body of a route without body, or an unknown field", async () => {
    const refused = await call("POST", "/api/devices/d1/token", { x: 1 });
    expect(refused.json()).toMatchObject({ status: 400, code: "invalid-request", field: "x" });
    expect(await tokenWorks()).toBe(true);
    expect((await call("DELETE", "/api/devices/d1", { x: 1 })).json()).toMatchObject({ status: 400, field: "body" });
    expect(await tokenWorks()).toBe(true);
    expect((await call("DELETE", "/api/session", { x: 1 })).json()).toMatchObject({ status: 400, field: "body" });
    expect((await call("POST", "/api/devices/d1/token", {})).statusCode).toBe(200);
    expect(await tokenWorks()).toBe(false);
    expect((await call("DELETE", "/api/devices/d1", {})).statusCode).toBe(204);
  });

  it.each([
    ["DELETE", "/api/devices/d1", "If-Match"],
    ["POST", "/api/devices/d1/token", "If-Match"],
    ["PATCH", "/api/devices/d1", "If-Unmodified-Since"],
    ["POST", "/api/devices", "If-None-Match"],
  ] as const)("is refused when it is %s %s with the header %s", async (method, url, header) => {
    const body = { POST: url.endsWith("token") ? {} : { id: "d2" }, PATCH: { name: "x" }, DELETE: undefined }[method];
    const answer = await call(method, url, body, { [header]: "*" });
    expect(answer.json()).toMatchObject({ status: 400, code: "invalid-request", field: header });
    expect((await call("GET", "/api/devices/d1", undefined, { [header]: "*" })).statusCode).not.toBe(400);
  });
});
