import type { Scope } from "@fleetlog/domain";
import { startCalls } from "@fleetlog/history/testing";
import { trialCalls } from "@fleetlog/protocol";
import Type from "typebox";
import { beforeEach, describe, expect, it } from "vitest";
import { type TestServer, testServer } from "../../../../testing/test-server.ts";
import { TRIAL_EXAMPLES } from "./examples.ts";

let server: TestServer;
let asked: [string, unknown][];
beforeEach(async () => {
  server = await testServer();
  asked = [];
  const calls = ["trial", trialCalls.read("historian-1"), trialCalls.end("historian-1")].map((name) => ({
    name,
    request: Type.Any(),
    answer: async (request: never) => {
      asked.push([name, request]);
      return name.startsWith("trial-end") ? "null" : JSON.stringify(TRIAL_EXAMPLES.Trial);
    },
  }));
  startCalls({ bus: server.node.backbone.bus, historian: "historian-1", calls });
});

async function send(method: "POST" | "GET" | "DELETE", path = "", payload?: object, token = server.token) {
  const url = `/api/history/trials${path}`;
  const headers = { authorization: `Bearer ${token}` };
  const answer = await server.app.inject({ method, url, headers, ...(payload !== undefined && { payload }) });
  const { statusCode: status } = answer;
  return { status, location: answer.headers.location, body: answer.body === "" ? undefined : answer.json() };
}

function person(role: "viewer" | "analyst", scope?: Scope): void {
  server.context.operators.verify = async (token) => ({
    ...{ kind: "person", id: token, name: token, role },
    ...(scope && { scope }),
  });
}

it("the API of trials sends all calls of a trial to the historian that began it", async () => {
  const scope = { accounts: ["main"] };
  person("analyst", scope);
  const presence = { lease: "1m", timeout: "90s" };
  const begun = await send(
    "POST",
    "",
    { presence, from: "5000", to: "2026-01-31T13:00:01+01:00", group: "roof" },
    "anna",
  );
  const { id } = TRIAL_EXAMPLES.Trial;
  expect(begun).toEqual({ status: 202, location: `/api/history/trials/${id}`, body: TRIAL_EXAMPLES.Trial });
  expect((await send("GET", `/${id}`, undefined, "anna")).body).toEqual(TRIAL_EXAMPLES.Trial);
  expect((await send("DELETE", `/${id}`, undefined, "anna")).status).toBe(204);
  const caller = { by: "anna", scope };
  const span = { from: 5000, to: "2026-01-31T12:00:01.000Z", group: "roof" };
  expect(asked).toEqual([
    ["trial", { presence: { lease: 60_000, timeout: 90_000 }, ...span, ...caller }],
    ["trial-read.historian-1", { id, ...caller }],
    ["trial-end.historian-1", { id, ...caller }],
  ]);
});

it("the API of trials is for analysts and above", async () => {
  person("viewer");
  for (const [method, path, body] of [
    ["POST", "", { presence: { lease: "1m" } }],
    ["GET", "/historian-1.x", undefined],
    ["DELETE", "/historian-1.x", undefined],
  ] as const) {
    expect((await send(method, path, body, "vera")).status).toBe(403);
  }
  expect(asked).toEqual([]);
});

it.each(["none", "1.5", "a.b.c", "%3E.x", "*.x", ".x"])(
  "the API of trials does not ask a historian for %s",
  async (id) => {
    expect(await send("GET", `/${id}`)).toMatchObject({ status: 404, body: { code: "not-found" } });
    expect((await send("DELETE", `/${id}`)).status).toBe(404);
    expect(asked).toEqual([]);
  },
);

it.each([
  [{ presence: { lease: "soon" } }, "presence.lease"],
  [{ presence: { timeout: "8d" } }, "presence.timeout"],
  [{ presence: { lease: "0s" } }, "presence.lease"],
  [{ presence: {} }, "presence"],
  [{ presence: { lease: "1m" }, from: "soon" }, "from"],
])("the API of trials refuses %j", async (body, field) => {
  expect((await send("POST", "", body)).body).toMatchObject({ status: 400, code: "invalid-request", field });
  expect(asked).toEqual([]);
});

describe("a scan with another catalogue", () => {
  const scan = { packages: [{ name: "firmware", category: "firmware", version: "1.5" }] };
  const begin = async (more: object = {}) => (await send("POST", "", { scan, ...more }, "anna")).body;
  const account = () => (asked.at(-1)?.[1] as { account?: string } | undefined)?.account;

  it("belongs to one account: the named one, the caller's, or the device's", async () => {
    const headers = { authorization: `Bearer ${server.token}` };
    await server.app.inject({ method: "POST", url: "/api/accounts", headers, payload: { id: "north", name: "North" } });
    person("analyst");
    await begin();
    expect(asked).toEqual([["trial", { scan, account: "main", by: "anna" }]]);
    await begin({ account: "north", group: "roof" });
    expect(account()).toBe("north");
    await begin({ device: "pump-7" });
    expect(account()).toBeUndefined();
    person("analyst", { accounts: ["north"] });
    await begin();
    expect(account()).toBe("north");
    const calls = asked.length;
    for (const other of ["main", "nowhere"]) {
      expect(await begin({ account: other })).toMatchObject({ code: "account-unknown" });
    }
    person("analyst");
    expect(await begin({ account: "nowhere" })).toMatchObject({ code: "account-unknown" });
    expect(asked).toHaveLength(calls);
  });

  it("needs packages that a catalogue may have, and can't be combined with another kind of trial", async () => {
    person("analyst");
    const url = "x".repeat(2_000);
    const packages = Array.from({ length: 300 }, () => ({ ...scan.packages[0], url }));
    const refused = { status: 400, code: "invalid-request" };
    expect(await begin({ scan: { packages } })).toMatchObject({ ...refused, field: "scan.packages" });
    expect(await begin({ presence: { lease: "1m" } })).toMatchObject({ ...refused, field: "presence" });
    const unnamed = { packages: [{ category: "firmware", version: "1" }] };
    expect(await begin({ scan: unnamed })).toMatchObject({ ...refused, field: "scan.packages[0].name" });
    expect(asked).toEqual([]);
  });
});
