import type { Role, Scope } from "@fleetlog/domain";
import { startHistory } from "@fleetlog/history/testing";
import { startViews } from "@fleetlog/projections/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { type TestServer, testServer } from "../../../../testing/test-server.ts";
import { PAST_QUERIES } from "./queries.ts";

let server: TestServer;
beforeEach(async () => {
  server = await testServer();
  await startViews(server.node.backbone);
  startHistory(server.node.backbone);
});

function people(all: Readonly<Record<string, { readonly role: Role; readonly scope?: Scope }>>): void {
  const { operators } = server.context;
  const verify = operators.verify.bind(operators);
  operators.verify = (token) => {
    const found = all[token];
    return found === undefined ? verify(token) : Promise.resolve({ kind: "person", id: token, name: token, ...found });
  };
}

async function call(method: "GET" | "POST" | "PATCH" | "PUT", url: string, payload?: object, token = server.token) {
  const answer = await server.app.inject({
    ...{ method, url, headers: { authorization: `Bearer ${token}` } },
    ...(payload && { payload }),
  });
  return { status: answer.statusCode, body: answer.json() };
}
const get = (url: string, token?: string) => call("GET", url, undefined, token);
const last = async () => (await server.node.backbone.log.state("FLEET")).lastSeq;

describe("the fleet as of a moment", () => {
  it("equals the live answers of that moment", async () => {
    const live: { seq: number; list: object; one: object; summary: object }[] = [];
    const keep = async () => {
      const [list, one, summary] = await Promise.all([
        get("/api/devices?sort=-name&counts=true"),
        get("/api/devices/d1"),
        get("/api/devices/summary"),
      ]);
      live.push({ seq: await last(), list: list.body, one: one.body, summary: summary.body });
    };
    await call("POST", "/api/devices", { id: "d1", name: "One", tags: ["a"] });
    await keep();
    await call("POST", "/api/devices", { id: "d2", name: "Two", tags: ["b"] });
    await call("PATCH", "/api/devices/d1", { tags: ["b"] });
    await keep();
    await call("POST", "/api/devices/d1/commands", { name: "go" });
    await keep();
    for (const { seq, list, one, summary } of live) {
      const at = (await get(`/api/history/devices?at=${seq}&limit=1`)).body.at;
      for (const moment of [String(seq), at]) {
        expect((await get(`/api/history/devices?at=${moment}&sort=-name&counts=true`)).body).toEqual({
          ...list,
          at,
          seq,
        });
        expect((await get(`/api/history/devices/d1?at=${moment}`)).body).toEqual({ ...one, at, atSeq: seq });
        expect((await get(`/api/history/summary?at=${moment}`)).body).toEqual({ ...summary, at, seq });
      }
    }
    expect((await get(`/api/history/devices?at=${await last()}&tag=a`)).body.items).toEqual([]);
    expect((await get(`/api/history/devices?at=${live[0]?.seq}&tag=a`)).body.items).toMatchObject([{ id: "d1" }]);
    expect((await get(`/api/history/devices/d2?at=${live[0]?.seq}`)).body).toMatchObject({ code: "device-unknown" });
  });

  it("has the same moment on all pages, even if events happen meanwhile", async () => {
    for (const id of ["d1", "d2", "d3"]) await call("POST", "/api/devices", { id });
    const url = `/api/history/devices?at=${new Date().toISOString()}&limit=2`;
    const first = (await get(url)).body;
    expect(first.items.map(({ id }: { id: string }) => id)).toEqual(["d1", "d2"]);
    await call("PATCH", "/api/devices/d3", { name: "Later" });
    const next = (await get(`${url}&cursor=${encodeURIComponent(first.next)}`)).body;
    expect(next).toMatchObject({ items: [{ id: "d3" }], seq: first.seq, next: null });
    expect(next.items[0].name).toBeUndefined();
    const within = (await get(`${url}&offset=2&within=${encodeURIComponent(first.next)}`)).body;
    expect(within).toMatchObject({ items: [{ id: "d3" }], seq: first.seq });
    const live = (await get("/api/devices?limit=2")).body;
    for (const wrong of [`${url}&cursor=${live.next}`, `/api/history/devices?at=1&cursor=${first.next}`]) {
      expect((await get(wrong)).body).toMatchObject({ status: 400, code: "invalid-request", field: "cursor" });
    }
  });

  it.each(["", "soon", "2026-01-31", "0", "-1", "999", "999999999999999999", "1999-01-01T00:00:00Z"])(
    "is refused as of %j",
    async (at) => {
      await call("POST", "/api/devices", { id: "d1" });
      for (const path of ["devices", "devices/d1", "summary", "views/commands.list"]) {
        expect((await get(`/api/history/${path}?at=${at}`)).body).toMatchObject({ status: 400, field: "at" });
      }
    },
  );

  it("needs a moment", async () => {
    expect((await get("/api/history/devices")).body).toMatchObject({ status: 400, field: "at" });
  });
});

describe("access to the past", () => {
  beforeEach(async () => {
    await call("POST", "/api/accounts", { id: "south", name: "South" });
    await call("POST", "/api/devices", { id: "d1", tags: ["roof"] });
    await call("POST", "/api/devices", { id: "d2", tags: ["cellar"] });
    people({
      vera: { role: "viewer" },
      anna: { role: "analyst", scope: { accounts: ["main"] } },
      otto: { role: "operator", scope: { tags: ["roof"] } },
      olga: { role: "owner", scope: { accounts: ["main"] } },
      sven: { role: "analyst", scope: { accounts: ["south"] } },
    });
  });
  const ids = async (token: string, at: number) =>
    (await get(`/api/history/devices?at=${at}`, token)).body.items.map(({ id }: { id: string }) => id);

  it("is for analysts and above", async () => {
    expect((await get("/api/history/devices?at=1", "vera")).status).toBe(403);
    for (const token of ["anna", "otto", "olga"])
      expect((await get("/api/history/summary?at=1", token)).status).toBe(200);
  });

  it("is limited by the devices' account and tags of today", async () => {
    const before = await last();
    expect([await ids("anna", before), await ids("otto", before)]).toEqual([["d1", "d2"], ["d1"]]);
    await call("PATCH", "/api/devices/d1", { tags: ["cellar"] });
    await call("PATCH", "/api/devices/d2", { tags: ["roof"] });
    expect(await ids("otto", before)).toEqual(["d2"]);
    await call("PATCH", "/api/devices/d1", { account: "south", history: "stays" });
    const moved = await last();
    await call("PATCH", "/api/devices/d2", { account: "south", history: "along" });
    expect([await ids("anna", before), await ids("sven", before)]).toEqual([[], ["d2"]]);
    expect(await ids("sven", moved)).toEqual(["d1", "d2"]);
    const hidden = await get(`/api/history/devices/d1?at=${before}`, "sven");
    const unknown = await get(`/api/history/devices/d9?at=${before}`, "sven");
    expect(hidden.body).toMatchObject({ status: 404, code: "device-unknown" });
    expect(hidden.body.detail.replace("d1", "d9")).toBe(unknown.body.detail);
  });

  it("needs permission for the action of the query", async () => {
    const allowed = async (token: string) => {
      const names: string[] = [];
      for (const [name, { action }] of PAST_QUERIES) {
        const { body } = await get(`/api/history/views/${name}?at=1&zzz=1`, token);
        if (body.code === "forbidden") continue;
        expect(body, `${name} ${action}`).toMatchObject({ status: 400 });
        names.push(name);
      }
      return names;
    };
    const own = ["people.list", "people.get", "accounts.list"];
    expect((await allowed("anna")).filter((name) => [...own, "channels.list"].includes(name))).toEqual([]);
    expect(await allowed("anna")).toContain("acts.list");
    expect(await allowed("otto")).not.toContain("acts.list");
    expect(await allowed("olga")).toEqual([...PAST_QUERIES.keys()]);
  });
});

describe("queries of views as of a moment", () => {
  it("are answered like today's calls", async () => {
    await call("POST", "/api/devices", { id: "d1" });
    await call("PUT", "/api/groups/roof", { filter: { tag: "roof" } });
    await call("PUT", "/api/channels/duty", { kind: "email", to: ["duty@example.org"] });
    await call("POST", "/api/people", { email: "ada@example.org", role: "viewer" });
    const command = (await call("POST", "/api/devices/d1/commands", { name: "go" })).body.id;
    const at = await last();
    const ask = async (query: string) => {
      const { status, body } = await get(`/api/history/views/${query}${query.includes("?") ? "&" : "?"}at=${at}`);
      expect(body, query).toMatchObject({ seq: at });
      expect(status).toBe(200);
      return body.result;
    };
    expect(await ask("commands.list?state=issued,delivered")).toEqual((await get("/api/commands")).body);
    expect(await ask(`commands.get?id=${command}`)).toMatchObject({ id: command, device: "d1" });
    expect(await ask("commands.get?id=nothing")).toBeNull();
    expect((await ask("groups.list?account=main")).items).toMatchObject([{ name: "roof" }]);
    const found = await ask("people.list");
    expect(found.items).toEqual((await get("/api/people")).body.items);
    expect(JSON.stringify(found)).toContain("ada@example.org");
    const [channel] = (await ask("channels.list")).items;
    expect(channel).toMatchObject({ name: "duty", kind: "email" });
    expect(channel.settings).toBeUndefined();
    const acts = await ask("acts.list?limit=2");
    expect(acts.items[0]).toMatchObject({ event: "CommandIssued", address: "127.0.0.1" });
    expect(await ask("devices.rows?ids=d1,d2")).toMatchObject([{ id: "d1" }]);
    expect(await ask("accounts.list")).toMatchObject([{ id: "main", devices: 1 }]);
  });

  it("name the invalid parameter", async () => {
    await call("POST", "/api/devices", { id: "d1" });
    for (const [query, field] of [
      ["commands.list?at=1&zzz=1", "zzz"],
      ["commands.list?at=1&limit=x", "limit"],
      ["commands.get?at=1", "id"],
      ["acts.list?at=1&people=true", "people"],
      ["people.list?at=1&accounts=south", "accounts"],
      ["commands.pending?at=1", "query"],
    ]) {
      expect((await get(`/api/history/views/${query}`)).body, query).toMatchObject({ status: 400, field });
    }
  });
});

it("the past is answered with 503 while no historian answers", async () => {
  const other = await testServer();
  const answer = await other.app.inject({
    url: "/api/history/summary?at=1",
    headers: { authorization: `Bearer ${other.token}` },
  });
  expect(answer.json()).toMatchObject({ status: 503, code: "history-unavailable" });
  expect(answer.headers["retry-after"]).toBe("1");
});
