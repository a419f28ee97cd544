import { toEvent } from "@fleetlog/domain";
import { registerDevice } from "@fleetlog/fleet";
import { testCaller } from "@fleetlog/fleet/testing";
import { expect, it } from "vitest";
import type { RefusedCall } from "../refusals/recorder.ts";
import { withViews } from "../testing/test-node.ts";
import { testServer } from "../testing/test-server.ts";

it("the gateway records calls that are refused with 401, 403 and 429, with the person if the credential is valid", async () => {
  const calls: RefusedCall[] = [];
  const now = Date.now();
  const { app, context, token } = await testServer({
    refusals: { call: (refused) => void calls.push(refused) },
    clock: () => now,
  });
  const { operators } = context;
  const verify = operators.verify.bind(operators);
  operators.verify = (given) =>
    given === "lee" ? Promise.resolve({ kind: "person", id: "lee", name: "Lee", role: "viewer" }) : verify(given);
  const get = (url: string, bearer?: string) =>
    app.inject({ url, ...(bearer !== undefined && { headers: { authorization: `Bearer ${bearer}` } }) });
  const retire = (bearer: string) =>
    app.inject({ method: "DELETE", url: "/api/devices/d1", headers: { authorization: `Bearer ${bearer}` } });

  expect((await get("/api/devices?search=secret")).statusCode).toBe(401);
  expect((await retire("lee")).statusCode).toBe(403);
  expect((await get("/api/nowhere", "wrong")).statusCode).toBe(404);
  expect((await get("/api/devices/none", token)).statusCode).toBe(404);
  for (let i = 0; i < 101; i++) await get("/api/system", "wrong");
  const signIn = { method: "POST", url: "/api/session", payload: { token: "wrong-token" } } as const;
  expect((await app.inject(signIn)).statusCode).toBe(401);

  const address = "127.0.0.1";
  const [first, second, ...rest] = calls;
  const read = { action: "device.read", call: "GET /api/devices" };
  expect(first).toEqual({ by: undefined, ...read, code: "unauthenticated", address });
  expect(second).toEqual({
    by: "lee",
    action: "device.retire",
    call: "DELETE /api/devices/:id",
    code: "forbidden",
    address,
  });
  const signedIn = rest.pop();
  expect(signedIn).toMatchObject({ action: "session.begin", call: "POST /api/session", code: "unauthenticated" });
  expect(rest.map(({ code }) => code)).toEqual([...Array(100).fill("unauthenticated"), "rate-limited"]);
  expect(JSON.stringify(calls)).not.toMatch(/secret|wrong/);
});

it("the API shows a device's last refused log-in since its registration, but none while ACCESS can't be read", async () => {
  const { app, node, token } = await testServer();
  await withViews(node.backbone);
  const { log } = node.backbone;
  const data = { protocol: "mqtt", code: "unauthenticated", address: "10.0.0.7", count: 2 };
  const refuse = (device: string, time: string, cause: string) => {
    const frame = { id: `${device}-${time}`, source: "/gateways/g1", time, entity: device };
    return log.append(toEvent({ type: "LoginRefused", data: { device, cause, ...data } }, frame));
  };
  for (const id of ["d1", "d2", "d3"]) await registerDevice(node.fleet, testCaller("admin", "c"), { id });
  await refuse("d1", "2999-01-01T00:00:00.000Z", "wrong token");
  await refuse("d2", "2020-01-01T00:00:00.000Z", "retired device");
  const get = async (id: string) =>
    (await app.inject({ url: `/api/devices/${id}`, headers: { authorization: `Bearer ${token}` } })).json();
  expect((await get("d1")).lastRefused).toEqual({ at: "2999-01-01T00:00:00.000Z", cause: "wrong token", ...data });
  expect(await get("d2")).not.toHaveProperty("lastRefused");
  expect(await get("d3")).not.toHaveProperty("lastRefused");

  const last = log.last.bind(log);
  log.last = (category, entity) => (category === "access" ? new Promise(() => {}) : last(category, entity));
  expect(await get("d1")).toMatchObject({ id: "d1", status: "never-connected" });
});
