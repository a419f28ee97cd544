import type { Person } from "@fleetlog/domain";
import { registerDevice } from "@fleetlog/fleet";
import { testCaller } from "@fleetlog/fleet/testing";
import { QUERY_QUEUE, type QueryRequest, querySubject } from "@fleetlog/protocol";
import { beforeAll, describe, expect, it } from "vitest";
import { withViews } from "../testing/test-node.ts";
import { testServer } from "../testing/test-server.ts";

const TOKEN = "admin-token";
const authorization = `Bearer ${TOKEN}`;

async function server() {
  const running = await testServer();
  await withViews(running.node.backbone);
  return running;
}

type Running = Awaited<ReturnType<typeof server>>;
let running: Running;
beforeAll(async () => {
  running = await server();
  await registerDevice(running.node.fleet, testCaller("admin", "c"), { id: "d1" });
});

const post = (url: string, payload: unknown, headers = {}) =>
  running.app.inject({ method: "POST", url, payload: payload as object, headers: { authorization, ...headers } });

it("the server refuses a body that is nested deeper than 300 levels, because a check could overflow the stack", async () => {
  const { app, token } = await testServer({}, {});
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const deep = (levels: number) => `{"id":"d1","tags":${"[".repeat(levels)}${"]".repeat(levels)}}`;
  for (const levels of [400, 4_000]) {
    const response = await app.inject({ method: "POST", url: "/api/devices", headers, payload: deep(levels) });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ field: "body", detail: "the body is nested deeper than 300 levels" });
  }
});

describe("every error is a problem", () => {
  it.each([
    ["GET", "/api/devices", 401, "unauthenticated"],
    ["GET", "/nowhere", 404, "not-found"],
    ["POST", "/api/nowhere", 404, "not-found"],
    ["DELETE", "/healthz", 405, "method-not-allowed"],
  ] as const)("%s %s without a token gets %i %s", async (method, url, status, code) => {
    const response = await running.app.inject({ method, url });
    expect(response.statusCode).toBe(status);
    expect(response.headers["content-type"]).toMatch("application/problem+json");
    expect(response.json()).toMatchObject({
      status,
      code,
      instance: url,
      detail: expect.any(String),
      title: expect.any(String),
    });
  });

  it.each([
    [undefined, 'Bearer realm="fleetlog"'],
    ["", 'Bearer realm="fleetlog"'],
    [`Basic ${TOKEN}`, 'Bearer realm="fleetlog"'],
    [`bearer${TOKEN}`, 'Bearer realm="fleetlog"'],
    ["Bearer", 'Bearer realm="fleetlog", error="invalid_token"'],
    ["Bearer wrong", 'Bearer realm="fleetlog", error="invalid_token"'],
  ])("the credentials %j get the challenge %s", async (given, challenge) => {
    const headers = given === undefined ? {} : { authorization: given };
    const response = await running.app.inject({ url: "/api/devices", headers });
    expect(response.statusCode).toBe(401);
    expect(response.headers["www-authenticate"]).toBe(challenge);
  });

  it("a viewer who wants to retire a device gets `forbidden`", async () => {
    const viewer: Person = { kind: "person", id: "v", name: "Viewer", role: "viewer" };
    const { app, context } = await testServer();
    context.operators.verify = async () => viewer;
    const response = await app.inject({ method: "DELETE", url: "/api/devices/d1", headers: { authorization } });
    expect(response.json()).toMatchObject({ status: 403, code: "forbidden" });
    expect(response.headers["www-authenticate"]).toBe('Bearer realm="fleetlog", error="insufficient_scope"');
  });

  it.each([
    ["PUT", "/api/devices/d1", "DELETE, GET, HEAD, OPTIONS, PATCH"],
    ["DELETE", "/api/devices", "GET, HEAD, OPTIONS, POST"],
    ["POST", "/api/devices/summary", "GET, HEAD, OPTIONS"],
    ["GET", "/api/commands/c1/cancel", "OPTIONS, POST"],
    ["PUT", "/api/commands/c1", "DELETE, GET, HEAD, OPTIONS"],
    ["PROPFIND", "/api/commands", "GET, HEAD, OPTIONS"],
  ] as const)("%s %s gets 405 with Allow %s", async (method, url, allow) => {
    const response = await running.app.inject({ method: method as "PUT", url, payload: "no JSON" });
    expect(response.json()).toMatchObject({ status: 405, code: "method-not-allowed" });
    expect(response.headers.allow).toBe(allow);
    const options = await running.app.inject({ method: "OPTIONS", url });
    expect([options.statusCode, options.body, options.headers.allow]).toEqual([204, "", allow]);
  });

  it("HEAD gets the headers of GET without the body", async () => {
    const [head, whole] = await Promise.all(
      (["HEAD", "GET"] as const).map((method) => running.app.inject({ method, url: "/api/openapi.json" })),
    );
    expect([head?.statusCode, head?.body]).toEqual([200, ""]);
    expect(head?.headers["content-length"]).toBe(whole?.headers["content-length"]);
  });

  it.each([
    [{}, "id"],
    [{ id: 7 }, "id"],
    [{ id: "summary" }, "id"],
    [{ id: "a.b" }, "id"],
    [{ id: "a*" }, "id"],
    [{ id: ">" }, "id"],
    [{ id: "a b" }, "id"],
    [{ id: "a/b" }, "id"],
    [{ id: "" }, "id"],
    [{ id: "a".repeat(129) }, "id"],
    [{ id: "x1", tags: "red" }, "tags"],
    [{ id: "x1", tags: ["red", "a b"] }, "tags[1]"],
    [{ id: "x1", tags: ["red", "red"] }, "tags"],
    [{ id: "x1", name: "" }, "name"],
    [{ id: "x1", colour: "red" }, "colour"],
  ])("registering %j gets 400 with the field %s", async (body, field) => {
    const response = await post("/api/devices", body);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: "invalid-request", field });
  });

  it.each([
    [{}, "", "name"],
    [{ name: "no spaces" }, "", "name"],
    [{ name: "x", deadline: "soon" }, "", "deadline"],
    [{ name: "x" }, "?wait=ever", "wait"],
    [{ name: "x" }, "?wait=10m", "wait"],
    [{ name: "x" }, "?wait=0.1h", "wait"],
    [{ name: "x" }, "?wiat=10s", "wiat"],
  ])("the command %j%s gets 400 with the field %s", async (body, query, field) => {
    const response = await post(`/api/devices/d1/commands${query}`, body);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: "invalid-request", field });
  });

  it.each([
    ["{", 400, "invalid-request", "body", "the body is not JSON: Expected property name or '}' at line 1 column 2"],
    ['{"token": secret}', 400, "invalid-request", "body", "the body is not JSON"],
    ['{"__proto__":{}}', 400, "invalid-request", "body", "the body names __proto__"],
    ['{"id":"a","name":"\\ud800"}', 400, "invalid-request", "name", "text that is not Unicode"],
    ['{"id":"a","tags":[1e400]}', 400, "invalid-request", "tags[0]", "tags[0] is 1e400"],
    ['{"id":9007199254740993}', 400, "invalid-request", "id", "would be stored as another number"],
    ['{"\\uDFFF":1}', 400, "invalid-request", "body", "text that is not Unicode"],
    [Buffer.from('{"id":"\xff"}', "latin1"), 400, "invalid-request", "body", "the body is not UTF-8"],
    [`"${"x".repeat(20_000)}"`, 413, "payload-too-large", undefined, "the body is larger than 10000B"],
    ["", 400, "invalid-request", "body", "body must be an object"],
  ])("the body %j gets %i %s", async (payload, status, code, field, detail) => {
    const headers = { authorization, "content-type": "application/json" };
    const response = await running.app.inject({ method: "POST", url: "/api/devices", payload, headers });
    expect(response.json()).toMatchObject({ status, code, detail: expect.stringContaining(detail) });
    expect(response.json().field).toBe(field);
    expect(response.body).not.toContain("secret");
    if (status === 413) expect(response.json().advice).toContain("FLEETLOG_MAX_PAYLOAD_BYTES");
  });

  it.each([
    [{ "content-type": "text/plain" }, "content-type"],
    [{ "content-type": "nonsense" }, "content-type"],
    [{}, "content-type"],
    [{ "content-type": "application/json", "content-encoding": "gzip" }, "content-encoding"],
  ])("a body with the headers %j gets 415 with the field %s", async (more, field) => {
    const headers = { authorization, "content-length": "4", ...more };
    const response = await running.app.inject({ method: "POST", url: "/api/devices", payload: "id=1", headers });
    expect(response.json()).toMatchObject({ status: 415, code: "unsupported-media-type", field });
    expect(response.headers.accept).toBe("application/json");
  });

  it.each([
    ["?limit=1&limit=2", "limit", "limit is given more than once"],
    ["?limit=many", "limit", "limit must be a whole number"],
    ["?limit=1.5", "limit", "limit must be a whole number"],
    ["?limit=", "limit", "limit must be a whole number"],
    ["?by=100%", "by", "by has an invalid percent escape"],
    ["?by=%ff", "by", "by has an invalid percent escape"],
    ["?by=", "by", "by must not be empty"],
    ["?stat=open", "stat", 'unknown query parameter "stat": did you mean state?'],
    ["?state=shut", "state", "state must be one of issued, delivered"],
    ["?state=open,", "state", "state must be one of issued, delivered"],
    ["?state=", "state", "state must not be empty"],
  ])("the query %s gets 400 with the field %s and the text %s", async (query, field, detail) => {
    const response = await running.app.inject({ url: `/api/commands${query}`, headers: { authorization } });
    expect(response.json()).toMatchObject({ status: 400, field, detail: expect.stringContaining(detail) });
  });

  it.each([
    ["POST", "/api/devices/nobody/commands", { name: "x" }, 404, "device-unknown"],
    ["POST", "/api/devices/a.b/commands", { name: "x" }, 400, "invalid-request"],
    ["DELETE", "/api/devices/nobody", undefined, 404, "device-unknown"],
    ["GET", "/api/devices/nobody", undefined, 404, "device-unknown"],
    ["GET", "/api/devices/nobody/events", undefined, 404, "device-unknown"],
    ["GET", "/api/devices/d1/events?category=secrets", undefined, 400, "invalid-request"],
    ["GET", "/api/devices/d1/events?limit=1001", undefined, 400, "invalid-request"],
    ["GET", "/api/devices/d1/events?from=elsewhere", undefined, 400, "invalid-request"],
    ["GET", "/api/commands/nothing", undefined, 404, "command-unknown"],
    ["GET", "/api/commands/..%2F..", undefined, 404, "command-unknown"],
    ["POST", "/api/commands/nothing/cancel", undefined, 404, "command-unknown"],
    ["DELETE", "/api/commands/nothing", undefined, 404, "command-unknown"],
  ] as const)("%s %s with the payload %j gets %i %s", async (method, url, payload, status, code) => {
    const response = await running.app.inject({ method, url, headers: { authorization }, ...(payload && { payload }) });
    expect(response.statusCode).toBe(status);
    expect(response.json().code).toBe(code);
  });

  it("GET /api/devices gets 503 while no view answers", async () => {
    const { app } = await testServer();
    const response = await app.inject({ url: "/api/devices", headers: { authorization } });
    expect(response.statusCode).toBe(503);
    expect(response.json().code).toBe("view-unavailable");
  });
});

describe("filters of lists", () => {
  it("accept several states, separated by commas or in repeated parameters", async () => {
    const queried: unknown[] = [];
    const { app, node } = await testServer();
    node.backbone.bus.respond(querySubject("commands.list"), QUERY_QUEUE, (data) => {
      queried.push((data as QueryRequest<"commands.list">).params.state);
      return { result: { items: [], next: null, total: 0 }, seq: 0 };
    });
    for (const query of ["", "?state=open", "?state=failed,expired", "?state=failed,expired&state=open"]) {
      expect((await app.inject({ url: `/api/commands${query}`, headers: { authorization } })).statusCode).toBe(200);
    }
    expect(queried).toEqual([undefined, ["open"], ["failed", "expired"], ["failed", "expired", "open"]]);
  });
});

describe("a command", () => {
  it("is answered without its internal field `session`", async () => {
    const { app, node } = await testServer();
    const shown = {
      id: "c1",
      device: "d1",
      name: "reboot",
      state: "delivered",
      issuedAt: "2026-01-01T00:00:00Z",
      issuedBy: "admin",
      deadline: "2026-01-02T00:00:00Z",
      seq: 1,
      epoch: 7,
      deliveries: 1,
    };
    node.backbone.bus.respond(querySubject("commands.list"), QUERY_QUEUE, () => ({
      result: { items: [{ ...shown, session: "s7" }], next: null, total: 1 },
      seq: 1,
    }));
    const response = await app.inject({ url: "/api/commands", headers: { authorization } });
    expect(response.json().items).toEqual([shown]);
  });
});

describe("the server", () => {
  it("answers a registration with the device's token, also while no view answers", async () => {
    const withoutViews = await testServer();
    for (const { app, node } of [running, withoutViews]) {
      const register = (payload: object) =>
        app.inject({ method: "POST", url: "/api/devices", payload, headers: { authorization } });
      const response = await register({ id: "fresh", tags: ["red"] });
      expect(response.statusCode).toBe(201);
      expect(response.headers.location).toBe("/api/devices/fresh");
      const { token, id } = response.json();
      expect(await node.credentials.verify(id, token)).toBeDefined();
      expect((await register({ id: "fresh" })).json()).toMatchObject({ status: 409, code: "device-exists" });
    }
  });

  it("accepts the Unicode escapes of a whole character", async () => {
    const payload = '{"id":"smiling","name":"\\ud83d\\ude00 \\\\ud800"}';
    const headers = { authorization, "content-type": "application/json" };
    const response = await running.app.inject({ method: "POST", url: "/api/devices", payload, headers });
    expect(response.json()).toMatchObject({ name: "😀 \\ud800" });
  });

  it("accepts Content-Type in a DELETE without a body", async () => {
    await post("/api/devices", { id: "short-lived" });
    const headers = { authorization, "content-type": "application/json" };
    const remove = (url: string) => running.app.inject({ method: "DELETE", url, headers });
    expect((await remove("/api/devices/short-lived")).statusCode).toBe(204);
    expect((await remove("/api/devices/nobody")).json()).toMatchObject({ status: 404, code: "device-unknown" });
  });

  it.each(["0s", "1.5ms", "0.000001h"])("accepts wait=%s", async (wait) => {
    const response = await post(`/api/devices/d1/commands?wait=${wait}`, { name: "blink" });
    expect(response.statusCode).toBe(202);
    expect(response.json()).toMatchObject({ name: "blink", state: "issued" });
  });

  it("records a request's correlation id with the command", async () => {
    const response = await post("/api/devices/d1/commands", { name: "reboot" }, { "x-correlation-id": "ticket-4711" });
    expect(response.statusCode).toBe(202);
    expect(response.headers["x-correlation-id"]).toBe("ticket-4711");
    expect(response.json()).toMatchObject({
      state: "issued",
      issuedBy: "admin",
      correlationid: "ticket-4711",
      device: "d1",
    });
    const { id } = response.json();
    const found = await running.app.inject({ url: `/api/commands/${id}`, headers: { authorization } });
    expect(found.json()).toMatchObject({ id, events: [{ type: "CommandIssued", correlationid: "ticket-4711" }] });
  });

  it("has an OpenAPI 3.1 description that needs no token", async () => {
    const response = await running.app.inject({ url: "/api/openapi.json" });
    expect(response.json()).toMatchObject({ openapi: "3.1.0", info: { version: "1.2.3" } });
    expect(Object.keys(response.json().paths)).toEqual(
      expect.arrayContaining(["/api/devices", "/api/devices/{id}", "/api/devices/{id}/commands", "/api/commands/{id}"]),
    );
  });

  it("is alive, is ready when there is no reason against it, and has metrics", async () => {
    expect((await running.app.inject({ url: "/healthz" })).statusCode).toBe(200);
    const ready = await running.app.inject({ url: "/readyz" });
    expect(ready.statusCode).toBe(200);
    expect(ready.json()).toMatchObject({ status: "ready", ready: true, reasons: [], log: "ready", views: "missing" });
    running.reasons.push("the log can't be reached");
    const notReady = await running.app.inject({ url: "/readyz" });
    expect(notReady.statusCode).toBe(503);
    expect(notReady.json()).toMatchObject({
      status: "not ready",
      ready: false,
      reasons: ["the log can't be reached"],
    });
    running.reasons.pop();
    const metrics = await running.app.inject({ url: "/metrics" });
    expect(metrics.headers["content-type"]).toMatch("text/plain");
    expect(metrics.body).toMatch(/^fleetlog_stream_bytes\{stream="FLEET"\} 5$/m);
    expect(metrics.body).toMatch(/^fleetlog_stream_max_bytes\{stream="FLEET"\} 10$/m);
    expect(metrics.body).toMatch(/^fleetlog_http_request_seconds_count\{.*route="\/healthz".*\} 1$/m);
  });
});
