import { type Role, toEvent } from "@fleetlog/domain";
import { endPerson, invitePerson, personCaller, registerDevice } from "@fleetlog/fleet";
import { testCaller } from "@fleetlog/fleet/testing";
import type { AuditPage } from "@fleetlog/protocol";
import { beforeEach, expect, it } from "vitest";
import { withViews } from "../../../testing/test-node.ts";
import { type TestServer, testServer } from "../../../testing/test-server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await testServer();
  await withViews(server.node.backbone);
});

function people(roles: Readonly<Record<string, Role>>): void {
  const { operators } = server.context;
  const verify = operators.verify.bind(operators);
  operators.verify = (token) => {
    const role = roles[token];
    if (role === undefined) return verify(token);
    return Promise.resolve({ kind: "person", id: token, name: token, role, scope: { accounts: ["main"] } });
  };
}

const call = (url: string, token = server.token, more: Record<string, unknown> = {}) =>
  server.app.inject({ url, ...more, headers: { authorization: `Bearer ${token}`, ...(more.headers as object) } });
const list = async (query = "", token = server.token): Promise<AuditPage> =>
  (await call(`/api/audit${query}`, token)).json();

/** Appends a refused call. @param at second of 2999-01-01T00:00 */
async function refuse(id: string, at: string): Promise<void> {
  const data = { by: "lee", action: "device.read", call: "GET /api/devices", code: "forbidden", address: "10.0.0.7" };
  const frame = { id, source: "/gateways/g1", time: `2999-01-01T00:00:${at}.000Z`, entity: "/operators/lee" };
  await server.node.backbone.log.append(toEvent({ type: "CallRefused", data: { ...data, count: 1 } }, frame));
}

it("the audit lists an act with the caller's address, which is sealed in the log", async () => {
  const payload = { id: "pump-1" };
  const made = await call("/api/devices", server.token, { method: "POST", payload, remoteAddress: "192.0.2.10" });
  expect(made.statusCode).toBe(201);
  const { items, total, refusals } = await list();
  expect({ total, refusals }).toEqual({ total: 1, refusals: "included" });
  expect(items[0]).toMatchObject({
    kind: "act",
    by: "admin",
    action: "device.register",
    event: "DeviceRegistered",
    device: "pump-1",
    address: "192.0.2.10",
    correlationid: made.headers["x-correlation-id"],
  });
  expect(JSON.stringify(await server.node.backbone.log.last("device", "pump-1"))).not.toContain("192.0.2.10");
});

it("the audit shows names, and acts on people, only to those who may see people", async () => {
  const { fleet } = server.node;
  const root = personCaller({ kind: "person", id: "root", name: "root", role: "admin" }, "c");
  const { person } = await invitePerson(fleet, root, { email: "ada@example.org", role: "operator" });
  await registerDevice(fleet, testCaller(person, "c"), { id: "pump-1" });
  people({ olga: "owner", anna: "analyst", otto: "operator", vera: "viewer" });
  expect((await list("?device=pump-1")).items).toMatchObject([{ by: person, name: "ada@example.org" }]);
  expect((await list("", "olga")).items).toMatchObject([
    { name: "ada@example.org" },
    { event: "PersonInvited", entity: person, entityName: "ada@example.org" },
  ]);
  const seen = await list("", "anna");
  expect(seen).toMatchObject({ items: [{ by: person, event: "DeviceRegistered" }], total: 1 });
  expect(JSON.stringify(seen)).not.toContain("ada@example.org");
  for (const token of ["otto", "vera"]) expect((await call("/api/audit", token)).statusCode).toBe(403);
});

it("the audit says once that a person was erased", async () => {
  const { fleet } = server.node;
  const root = personCaller({ kind: "person", id: "root", name: "root", role: "admin" }, "c");
  const names = { givenName: "Ada", familyName: "Byron" };
  const { person } = await invitePerson(fleet, root, { email: "ada@example.org", role: "operator", ...names });
  await registerDevice(fleet, testCaller(person, "c"), { id: "pump-1" });
  expect((await list("?device=pump-1")).items).toMatchObject([{ by: person, name: "Ada Byron" }]);
  await endPerson(fleet, root, person, true);
  expect((await list("?device=pump-1")).items).toMatchObject([{ by: person, name: "erased" }]);
  const changed = (await list("?action=person.manage")).items.map(({ entityName }) => entityName);
  expect([changed.length > 1, new Set(changed)]).toEqual([true, new Set(["erased"])]);
});

/** Appends a sign-in. @param at second of 2999-01-01T00:00 */
async function signIn(id: string, at: string, more: { by?: string; account?: string } = { by: "lee" }): Promise<void> {
  const data = { ...more, way: "password", call: "POST /api/tokens", address: "10.0.0.8", count: 2 } as const;
  const frame = { id, source: "/gateways/g1", time: `2999-01-01T00:00:${at}.000Z`, entity: "/operators/lee" };
  await server.node.backbone.log.append(toEvent({ type: "SignedIn", data }, frame));
}

it("the audit lists who signed in, filtered by person, action, kind or account, but not to a caller who may not see people", async () => {
  await signIn("s1", "01");
  await signIn("s2", "02", { by: "mia", account: "north" });
  await signIn("s3", "03", {});
  await refuse("r1", "04");
  people({ olga: "owner", anna: "analyst" });
  const ids = async (query: string, token?: string) => (await list(query, token)).items.map(({ id }) => id);
  expect((await list("?kind=sign-in&by=lee")).items).toMatchObject([
    { kind: "sign-in", action: "session.begin", event: "SignedIn", by: "lee", way: "password", address: "10.0.0.8" },
  ]);
  expect(await ids("?kind=sign-in")).toEqual(["s3", "s2", "s1"]);
  expect(await ids("?action=SignedIn")).toEqual(["s3", "s2", "s1"]);
  expect(await ids("?action=session.begin&to=2999-01-01T00:00:02Z")).toEqual(["s1"]);
  expect(await ids("?kind=sign-in&device=d1")).toEqual([]);
  expect(await ids("", "olga")).toEqual(["r1", "s1"]);
  expect(await list("", "anna")).toMatchObject({ items: [{ id: "r1" }], total: 1, refusals: "included" });
  const csv = await call("/api/audit?kind=sign-in&by=mia", server.token, { headers: { accept: "text/csv" } });
  expect(csv.body).toContain(",sign-in,mia,,10.0.0.8,session.begin,SignedIn,,north,");
});

it("the audit merges acts, refusals and sign-ins by time, and lists each once in pages of 1, 2, 3 and 100", async () => {
  const { log } = server.node.backbone;
  for (let i = 0; i < 7; i++) {
    const frame = { id: `a${i}`, source: "/operators/ada", time: `2999-01-01T00:00:0${i}.500Z`, entity: `d${i}` };
    await log.append(toEvent({ type: "DeviceRegistered", data: { device: `d${i}`, tags: [], by: "ada" } }, frame));
    if (i % 2 === 0) await refuse(`r${i}`, `0${i}`);
    if (i > 3) await signIn(`s${i}`, `0${i - 1}`);
  }
  const expected = ["a6", "r6", "a5", "s6", "a4", "r4", "s5", "a3", "s4", "a2", "r2", "a1", "a0", "r0"];
  for (const limit of [1, 2, 3, 100]) {
    const seen: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: AuditPage = await list(`?limit=${limit}${cursor === "" ? "" : `&cursor=${cursor}`}`);
      expect(page.total).toBe(14);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    }
    expect(seen, `${limit}`).toEqual(expected);
  }
  expect((await list("?kind=refusal")).items.map(({ id }) => id)).toEqual(["r6", "r4", "r2", "r0"]);
  expect((await list("?by=lee&action=device.read")).total).toBe(4);
  expect((await call("/api/audit?cursor=x")).json()).toMatchObject({ code: "invalid-request", field: "cursor" });
});

it("the audit exports all 1,203 matches as CSV, with formulas marked as text", async () => {
  const { log } = server.node.backbone;
  const frame = { source: "/operators/ada", time: "2999-01-01T00:00:00.000Z", entity: "d1" };
  for (let i = 0; i < 1_203; i++) {
    const by = i === 0 ? "=1+1" : "ada";
    await log.append(
      toEvent({ type: "DeviceRegistered", data: { device: "d1", tags: [], by } }, { ...frame, id: `${i}` }),
    );
  }
  const answer = await call("/api/audit", server.token, { headers: { accept: "text/csv" } });
  expect(answer.headers).toMatchObject({
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": 'attachment; filename="audit.csv"',
  });
  const lines = answer.body.trimEnd().split("\r\n");
  expect(lines[0]).toMatch(/^\u{feff}at,kind,by,name,address,action/u);
  expect(lines).toHaveLength(1 + 1_203);
  expect(lines.at(-1)).toContain(",act,'=1+1,");
  const few = await call("/api/audit?limit=2", server.token, { headers: { accept: "text/csv" } });
  expect(few.body.trimEnd().split("\r\n")).toHaveLength(3);
});
