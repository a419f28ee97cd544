import { afterEach, expect, it, vi } from "vitest";
import { type Answers, stubGateway } from "../testing/gateway.ts";
import { call, get, onSignedOut, renewalsSettled } from "./api.ts";
import { issueCommand } from "./commands.ts";
import { deviceRows, listDevices } from "./devices.ts";

function serving(answers: Answers): string[] {
  const { fetch, calls } = stubGateway(answers);
  vi.stubGlobal("fetch", fetch);
  return calls;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

it("the client omits undefined parameters, and encodes all others", async () => {
  const calls = serving(() => ({ body: { items: [] } }));
  await listDevices({ search: "a b", status: "connected", offset: 0 });
  await get("/devices", { tag: undefined, model: "" });
  await deviceRows(["a", "b"]);
  await deviceRows([]);
  expect(calls).toEqual([
    "GET /api/devices?search=a+b&status=connected&offset=0",
    "GET /api/devices",
    "GET /api/devices/rows?ids=a%2Cb",
  ]);
});

it("the client sends a command with its idempotency key", async () => {
  const sent: unknown[] = [];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    sent.push(path, init.headers, init.body);
    return Response.json({ id: "c1" }, { status: 202 });
  });
  await issueCommand("a:b", { name: "reboot" }, "key-1");
  expect(sent).toEqual([
    "/api/devices/a%3Ab/commands",
    expect.objectContaining({ "idempotency-key": "key-1", "content-type": "application/json" }),
    '{"name":"reboot"}',
  ]);
});

it("the client throws the error of the gateway, with field and advice", async () => {
  const problem = {
    title: "Device exists",
    detail: "a is there",
    code: "device-exists",
    field: "id",
    advice: "Another.",
  };
  serving(() => ({ status: 409, body: problem }));
  await expect(call("POST", "/devices", { body: {} })).rejects.toMatchObject({
    status: 409,
    code: "device-exists",
    message: "a is there",
    field: "id",
    advice: "Another.",
  });
});

it("the client throws an error with texts if there is no answer or the answer is not a problem document", async () => {
  vi.stubGlobal("fetch", async () => new Response("<html>", { status: 502, statusText: "Bad Gateway" }));
  await expect(get("/x")).rejects.toMatchObject({ status: 502, code: "unreadable", title: "Bad Gateway" });
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("Failed to fetch");
  });
  await expect(get("/x")).rejects.toMatchObject({ status: 0, code: "network" });
  vi.stubGlobal("fetch", async () => {
    throw new DOMException("", "TimeoutError");
  });
  await expect(get("/x")).rejects.toMatchObject({ code: "timeout" });
});

it("the client reports the end of the session, and throws aborts unchanged", async () => {
  const signedOut = vi.fn<() => void>();
  onSignedOut(signedOut);
  serving(() => ({ status: 401, body: { title: "No", detail: "no", code: "unauthenticated" } }));
  await expect(get("/x")).rejects.toMatchObject({ code: "unauthenticated" });
  expect(signedOut).toHaveBeenCalledOnce();
  const aborted = AbortSignal.abort();
  await expect(get("/x", undefined, aborted)).rejects.toMatchObject({ name: "AbortError" });
});

it("the client waits for requests that change the caller's sign-in, because they may renew the session cookie", async () => {
  const answers = Promise.withResolvers<Response>();
  vi.stubGlobal("fetch", () => answers.promise);
  await renewalsSettled();
  const change = call("POST", "/session/password", { body: {} });
  const other = get("/devices");
  let settled = false;
  const waiting = renewalsSettled().then(() => {
    settled = true;
  });
  await new Promise(setImmediate);
  expect(settled).toBe(false);
  answers.resolve(new Response(null, { status: 204 }));
  await Promise.allSettled([change, other, waiting]);
  expect(settled).toBe(true);
});
