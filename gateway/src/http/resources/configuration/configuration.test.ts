import { startViews } from "@fleetlog/projections/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { type TestServer, testServer } from "../../../testing/test-server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await testServer();
  await startViews(server.node.backbone);
  await call("POST", "/api/devices", { id: "d1", tags: ["roof"] });
});

function call(
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  url: string,
  payload?: object,
  headers: Record<string, string> = {},
) {
  const authorization = `Bearer ${server.token}`;
  return server.app.inject({ method, url, headers: { authorization, ...headers }, ...(payload && { payload }) });
}
const CONFIGURATION = "/api/devices/d1/configuration";

describe("a device's configuration", () => {
  it("can be set, and read alone with its revision or as a part of the device", async () => {
    expect((await call("GET", CONFIGURATION)).json()).toEqual({
      desired: {},
      reported: null,
      revision: 0,
      difference: [],
      own: {},
      defaults: [],
      sources: {},
    });
    const put = await call("PUT", CONFIGURATION, { values: { interval: 5 } }, { "if-match": "0" });
    expect(put.statusCode).toBe(200);
    expect(put.headers.etag).toBe('"1"');
    const got = await call("GET", CONFIGURATION);
    expect(got.json()).toMatchObject({
      desired: { interval: 5 },
      revision: 1,
      difference: [{ path: "/interval", desired: 5 }],
      sources: { "/interval": "device" },
      setBy: "admin",
    });
    expect((await call("GET", "/api/devices/d1")).json().configuration).toEqual(got.json());
  });

  it("can't be set for a revision that was replaced: the answer 412 says who replaced it", async () => {
    await call("PUT", CONFIGURATION, { values: { interval: 5 } });
    const late = await call("PUT", CONFIGURATION, { values: { interval: 6 } }, { "if-match": "0" });
    expect(late.json()).toMatchObject({ status: 412, code: "precondition-failed", field: "If-Match" });
    expect(late.json().detail).toContain("revision 1 was set by admin");
  });

  it("has revisions in pages, and an earlier one can be restored", async () => {
    for (const interval of [5, 6, 7]) await call("PUT", CONFIGURATION, { values: { interval } });
    const first = (await call("GET", `${CONFIGURATION}/revisions?limit=2`)).json();
    expect(first).toMatchObject({ items: [{ revision: 3, setBy: "admin" }, { revision: 2 }], total: 3 });
    const second = (await call("GET", `${CONFIGURATION}/revisions?limit=2&cursor=${first.next}`)).json();
    expect(second).toMatchObject({ items: [{ revision: 1, values: { interval: 5 } }], next: null, total: 3 });
    const restored = await call("POST", `${CONFIGURATION}/revisions/1/restore`);
    expect(restored.json()).toMatchObject({ desired: { interval: 5 }, revision: 4, restored: 1 });
    const late = await call("POST", `${CONFIGURATION}/revisions/2/restore`, undefined, { "if-match": "3" });
    expect(late.statusCode).toBe(412);
    expect((await call("POST", `${CONFIGURATION}/revisions/99/restore`)).statusCode).toBe(404);
  });

  it("is not found for an unknown device", async () => {
    for (const url of ["", "/revisions"])
      expect((await call("GET", `/api/devices/d2/configuration${url}`)).json().code).toBe("device-unknown");
    expect((await call("PUT", "/api/devices/d2/configuration", { values: {} })).statusCode).toBe(404);
  });

  it("is not found, and neither are the device's events, for an id that a provision request has only reserved", async () => {
    const reserved = "/api/devices/reserved";
    await call("POST", "/api/provision-requests", { clientId: "reserved", userName: "reserved", device: {} });
    expect(await server.node.backbone.log.last("device", "reserved")).toMatchObject({ type: "DeviceLoginReserved" });
    const tries = [
      await call("GET", `${reserved}/events`),
      await call("GET", `${reserved}/configuration`),
      await call("GET", `${reserved}/configuration/revisions`),
      await call("PUT", `${reserved}/configuration`, { values: {} }),
      await call("POST", `${reserved}/configuration/revisions/1/restore`),
    ];
    for (const answer of tries) expect(answer.json()).toMatchObject({ status: 404, code: "device-unknown" });
    await call("POST", "/api/devices", { id: "other" });
    expect((await call("GET", "/api/devices/other/events")).statusCode).toBe(200);
  });

  it("can still be read, and so can the device's events, after a provision request has reserved a retired device's id", async () => {
    const retired = "/api/devices/d1";
    await call("PUT", CONFIGURATION, { values: { interval: 5 } });
    await call("DELETE", retired);
    await call("POST", "/api/provision-requests", { clientId: "d1", userName: "d1", device: {} });
    const types = (await call("GET", `${retired}/events`)).json().items.map(({ type }: { type: string }) => type);
    expect(types).toEqual(expect.arrayContaining(["DeviceRegistered", "ConfigurationSet", "DeviceRetired"]));
    expect((await call("GET", CONFIGURATION)).json()).toMatchObject({ desired: { interval: 5 } });
    const set = await call("PUT", CONFIGURATION, { values: { interval: 6 } });
    expect(set.json()).toMatchObject({ code: "device-retired" });
  });
});

describe("device types", () => {
  const URL = "/api/device-types/pump";
  const body = { board: "P1", model: "P*", configuration: { a: 1 }, commands: ["reboot"] };

  it("are defined, listed, given to a device, and deleted when no device has them", async () => {
    const put = await call("PUT", URL, body);
    expect([put.statusCode, put.json()]).toMatchObject([201, { name: "pump", ...body, devices: 0 }]);
    expect((await call("PUT", URL, body)).statusCode).toBe(200);
    expect((await call("GET", "/api/device-types")).json()).toMatchObject({ items: [{ name: "pump" }], total: 1 });
    const got = await call("GET", URL);
    expect(got.headers.etag).toBe(put.headers.etag);
    expect((await call("PUT", URL, {}, { "if-match": '"1"' })).statusCode).toBe(412);
    await call("PATCH", "/api/devices/d1", { type: "pump" });
    expect((await call("GET", "/api/devices?type=pump")).json()).toMatchObject({ items: [{ id: "d1", type: "pump" }] });
    expect((await call("DELETE", URL)).json()).toMatchObject({ status: 409, code: "device-type-in-use" });
    await call("PATCH", "/api/devices/d1", { type: null });
    expect((await call("DELETE", URL)).statusCode).toBe(204);
    expect((await call("GET", URL)).json().code).toBe("device-type-unknown");
  });

  it("are given to a device at its registration, and refused when unknown", async () => {
    await call("PUT", URL, body);
    const registered = await call("POST", "/api/devices", { id: "d3", type: "pump" });
    expect(registered.json()).toMatchObject({ type: "pump", typeSet: "pump" });
    const refused = await call("POST", "/api/devices", { id: "d4", type: "valve" });
    expect(refused.json()).toMatchObject({ status: 400, field: "type" });
  });

  it("are refused with a space in the name", async () => {
    expect((await call("PUT", "/api/device-types/a%20b", {})).json()).toMatchObject({ status: 400, field: "name" });
  });
});

describe("groups", () => {
  it("are saved, listed, used as a filter of devices, and deleted", async () => {
    const put = await call("PUT", "/api/groups/roof", { filter: { tag: "roof" } });
    expect([put.statusCode, put.json()]).toMatchObject([201, { name: "roof", filter: { tag: "roof" }, devices: 1 }]);
    await call("POST", "/api/devices", { id: "d2" });
    const listed = await call("GET", "/api/devices?group=roof");
    expect(listed.json().items.map(({ id }: { id: string }) => id)).toEqual(["d1"]);
    expect((await call("GET", "/api/groups")).json()).toMatchObject({
      items: [{ name: "roof" }],
      next: null,
      total: 1,
    });
    expect((await call("DELETE", "/api/groups/roof")).statusCode).toBe(204);
    expect((await call("GET", "/api/groups/roof")).json().code).toBe("group-unknown");
    expect((await call("GET", "/api/devices?group=roof")).json()).toMatchObject({ code: "group-unknown" });
  });

  it("are refused with a filter that the list of devices does not have", async () => {
    const answer = await call("PUT", "/api/groups/g", { filter: { group: "roof" } });
    expect(answer.json()).toMatchObject({ status: 400, field: "filter.group" });
  });
});
