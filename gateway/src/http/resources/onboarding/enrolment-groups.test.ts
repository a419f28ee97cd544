import { enrolDevice } from "@fleetlog/fleet";
import { beforeEach, expect, it } from "vitest";
import { withViews } from "../../../testing/test-node.ts";
import { type TestServer, testServer } from "../../../testing/test-server.ts";

let server: TestServer;
let path: string;
let token: string;
beforeEach(async () => {
  server = await testServer();
  await withViews(server.node.backbone);
  const made = (await call("POST", "", { name: "Meters", quota: 10 })).json();
  path = `/${made.id}`;
  token = made.token;
});

function call(
  method: "GET" | "POST" | "PATCH" | "DELETE",
  url: string,
  payload?: object,
  more: Record<string, string> = {},
) {
  const headers = { authorization: `Bearer ${server.token}`, ...more };
  return server.app.inject({ method, url: `/api/enrolment-groups${url}`, headers, ...(payload && { payload }) });
}
const enrol = (device: string) =>
  enrolDevice(
    server.node.fleet,
    { clientId: device, userName: device, password: token, encrypted: true, protocol: "mqtt", address: "192.0.2.1:1" },
    Date.now(),
  );
const listed = async (query: string) => {
  const { items, next, total } = (await call("GET", `${path}/devices?${query}`)).json();
  return { devices: items.map(({ device }: { device: string }) => device), next, total };
};

it("the API changes a group only at the revision that was read; a device that enrols meanwhile does not matter", async () => {
  const read = await call("GET", path);
  const etag = String(read.headers.etag);
  await enrol("a");
  expect((await call("GET", path)).headers.etag).toBe(etag);
  const changed = await call("PATCH", path, { quota: 20 }, { "if-match": etag });
  expect(changed.json()).toMatchObject({ quota: 20, enrolled: 1 });
  expect(changed.headers.etag).not.toBe(etag);
  const late = await call("PATCH", path, { quota: 30 }, { "if-match": etag });
  expect(late.json()).toMatchObject({ status: 412, code: "precondition-failed", field: "If-Match" });
  const later = await call(
    "PATCH",
    path,
    { expiresAt: "2099-01-01T00:00:00Z" },
    { "if-match": String(changed.headers.etag) },
  );
  expect(later.json()).toMatchObject({ quota: 20, expiresAt: "2099-01-01T00:00:00.000Z" });
  expect((await call("GET", path)).headers.etag).toBe(later.headers.etag);
  expect((await call("PATCH", path, { name: "Other" })).json()).toMatchObject({ name: "Other" });
});

it("the API lists the devices of a group in pages, and says which may enrol again", async () => {
  for (const device of ["b1", "a2", "a1"]) await enrol(device);
  const first = await listed("limit=2");
  expect(first).toEqual({ devices: ["a1", "a2"], next: expect.any(String), total: 3 });
  expect(await listed(`limit=2&cursor=${first.next}`)).toEqual({ devices: ["b1"], next: null, total: 3 });
  expect(await listed("search=A")).toEqual({ devices: ["a1", "a2"], next: null, total: 2 });
  expect((await call("POST", `${path}/devices/a1/reopen`)).statusCode).toBe(204);
  const { items } = (await call("GET", `${path}/devices?search=a1`)).json();
  expect(items).toEqual([{ device: "a1", request: expect.any(String), open: true }]);
  expect((await call("GET", "/0f1e2d3c-4b5a-4678-9abc-def012345678/devices")).json().code).toBe(
    "enrolment-group-unknown",
  );
});
