import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Role, Scope } from "@fleetlog/domain";
import { startHistory } from "@fleetlog/history/testing";
import { startViews } from "@fleetlog/projections/testing";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type TestServer, testServer } from "../../../../testing/test-server.ts";

const folder = mkdtempSync(join(tmpdir(), "fleetlog-export-"));
afterAll(() => rmSync(folder, { recursive: true }));
let server: TestServer;
beforeEach(async () => {
  server = await testServer();
  await startViews(server.node.backbone);
  startHistory(server.node.backbone, "h1", folder);
  await call("POST", "/api/accounts", { id: "south", name: "South" });
  await call("POST", "/api/devices", { id: "d1", name: 'One, "two"', tags: ["roof"] });
  await call("POST", "/api/devices", { id: "d2", account: "south" });
  await call("POST", "/api/devices/d1/commands", { name: "go" });
});

function people(all: Readonly<Record<string, { readonly role: Role; readonly scope?: Scope }>>): void {
  const { operators } = server.context;
  const verify = operators.verify.bind(operators);
  operators.verify = (token) => {
    const found = all[token];
    return found === undefined ? verify(token) : Promise.resolve({ kind: "person", id: token, name: token, ...found });
  };
}

function call(method: "GET" | "HEAD" | "POST" | "PATCH", url: string, payload?: object, token = server.token) {
  return server.app.inject({
    ...{ method, url, headers: { authorization: `Bearer ${token}` } },
    ...(payload && { payload }),
  });
}
const get = (query: string, token?: string) => call("GET", `/api/history/export${query}`, undefined, token);
const linesOf = async (query: string, token?: string) => {
  const { statusCode, body } = await get(query, token);
  expect(statusCode, body).toBe(200);
  return body === ""
    ? []
    : body
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
};
const stored = async () => {
  const lines: string[] = [];
  for await (const { seq, stream: _, ...event } of server.node.backbone.log.read({ stream: "FLEET" })) {
    lines.push(`{"seq":${seq},${JSON.stringify(event).slice(1)}\n`);
  }
  return lines;
};

describe("an export", () => {
  it("has all events as stored; headers name the span", async () => {
    const lines = await stored();
    const { body, headers } = await get("");
    expect(body).toBe(lines.join(""));
    expect(headers).toMatchObject({
      "content-type": "application/jsonl",
      "content-disposition": `attachment; filename="fleet-1-${lines.length}.jsonl"`,
      "fleetlog-stream": "FLEET",
      "fleetlog-from": "1",
      "fleetlog-to": String(lines.length),
    });
    expect((await get(`?from=2&to=3`)).body).toBe(lines.slice(1, 3).join(""));
  });

  it("is continued after an interruption, with the same bytes", async () => {
    for (const format of ["jsonl", "csv"]) {
      const { body, headers } = await get(`?format=${format}`);
      for (let cut = 1; cut < body.length; cut += 97) {
        const whole = body.slice(0, body.lastIndexOf("\n", cut - 1) + 1);
        const last = whole.trimEnd().split("\n").at(-1) ?? "";
        const seq = Number(/^(?:\{"seq":)?(\d+),/.exec(last)?.[1] ?? 0);
        const rest = await get(
          `?format=${format}&from=${seq + 1}&to=${headers["fleetlog-to"]}${whole === "" ? "" : "&header=absent"}`,
        );
        expect(whole + rest.body).toBe(body);
      }
    }
  });

  it("can be limited to categories or one device", async () => {
    expect((await linesOf("?category=command,account")).map(({ type }) => type)).toEqual([
      "AccountCreated",
      "CommandIssued",
    ]);
    expect((await linesOf("?device=d1")).map(({ type }) => type)).toEqual(["DeviceRegistered", "CommandIssued"]);
    expect((await linesOf("?device=d1&category=command")).map(({ type }) => type)).toEqual(["CommandIssued"]);
    expect(await linesOf("?category=telemetry&device=d1")).toEqual([]);
    const { headers } = await get("?category=telemetry");
    expect(headers).toMatchObject({ "fleetlog-stream": "TELEMETRY", "fleetlog-from": "1", "fleetlog-to": "0" });
  });

  it("is CSV with a header", async () => {
    const { body, headers } = await get("?format=csv&device=d1");
    expect(headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(body.split("\r\n")[0]).toMatch(/^seq,time,type,category,entity,account,id,/);
    expect(body).toContain('One, \\""two\\""');
    expect((await get("?format=csv&device=d1&header=absent")).body).toBe(body.slice(body.indexOf("\n") + 1));
  });

  it("answers HEAD without a body", async () => {
    const { statusCode, headers, body } = await call("HEAD", "/api/history/export");
    expect([statusCode, body]).toEqual([200, ""]);
    expect(headers["fleetlog-to"]).toBe(String((await stored()).length));
  });

  it("names the invalid parameter", async () => {
    for (const [query, status, field] of [
      ["?from=noon", 400, "from"],
      ["?to=noon", 400, "to"],
      ["?from=3&to=1", 400, "to"],
      ["?category=zzz", 400, "category"],
      ["?category=command,telemetry", 400, "category"],
      ["?category=person&device=d1", 400, "category"],
      ["?format=xml", 400, "format"],
      ["?zzz=1", 400, "zzz"],
      ["?device=d9", 404, "device"],
    ] as const) {
      const { statusCode, body } = await get(query);
      expect([statusCode, JSON.parse(body).field], query).toEqual([status, field]);
    }
  });
});

describe("a Parquet file", () => {
  const file = (headers: Record<string, string> = {}, query = "?format=parquet") =>
    server.app.inject({
      url: `/api/history/export${query}`,
      headers: { authorization: `Bearer ${server.token}`, ...headers },
    });

  it("has a length and a hash, and can be continued by a range", async () => {
    const { statusCode, rawPayload, headers } = await file();
    const { etag = "" } = headers;
    expect(statusCode).toBe(200);
    expect(rawPayload.subarray(0, 4).toString() + rawPayload.subarray(-4).toString()).toBe("PAR1PAR1");
    expect(headers).toMatchObject({
      "content-type": "application/vnd.apache.parquet",
      "content-length": String(rawPayload.length),
      "accept-ranges": "bytes",
      "fleetlog-events": String((await stored()).length),
    });
    expect(etag).toBe(`"${createHash("sha256").update(rawPayload).digest("hex")}"`);
    for (const cut of [1, 100, rawPayload.length - 1]) {
      const rest = await file({ range: `bytes=${cut}-`, "if-range": etag });
      expect([rest.statusCode, rest.headers["content-range"]]).toEqual([
        206,
        `bytes ${cut}-${rawPayload.length - 1}/${rawPayload.length}`,
      ]);
      expect(rest.rawPayload.equals(rawPayload.subarray(cut))).toBe(true);
    }
    expect((await file({ range: "bytes=4-9" })).rawPayload.equals(rawPayload.subarray(4, 10))).toBe(true);
    expect((await file({ range: "bytes=-7" })).rawPayload.equals(rawPayload.subarray(-7))).toBe(true);
    const other = await file({ range: "bytes=9-", "if-range": '"other"' });
    expect([other.statusCode, other.rawPayload.equals(rawPayload)]).toEqual([200, true]);
    expect((await file({ "if-none-match": etag })).statusCode).toBe(304);
    expect((await file({ range: `bytes=${rawPayload.length}-` })).json()).toMatchObject({
      status: 416,
      code: "range-not-satisfiable",
    });
    await call("POST", "/api/devices", { id: "d3" });
    const changed = await file({ range: "bytes=9-", "if-range": etag });
    expect(changed.statusCode).toBe(200);
    expect(changed.headers.etag).not.toBe(etag);
    const to = headers["fleetlog-to"];
    expect((await file({}, `?format=parquet&to=${to}`)).rawPayload.equals(rawPayload)).toBe(true);
  });

  it("has only what the caller may see", async () => {
    people({ sven: { role: "analyst", scope: { accounts: ["south"] } } });
    const { headers } = await get("?format=parquet", "sven");
    expect(headers["fleetlog-events"]).toBe("1");
    expect((await get("?format=parquet&device=d1", "sven")).statusCode).toBe(404);
  });
});

describe("access", () => {
  it("is limited to what the caller may read today", async () => {
    people({
      anna: { role: "analyst" },
      sven: { role: "analyst", scope: { accounts: ["south"] } },
      rita: { role: "operator", scope: { tags: ["roof"] } },
      vera: { role: "viewer" },
    });
    expect((await get("", "vera")).statusCode).toBe(403);
    expect((await get("?category=person", "anna")).statusCode).toBe(403);
    const subjects = async (token: string) => [...new Set((await linesOf("", token)).map(({ subject }) => subject))];
    expect(await subjects("anna")).toEqual(["fleet.device.d1", "fleet.device.d2", "fleet.command.d1"]);
    expect(await subjects("sven")).toEqual(["fleet.device.d2"]);
    expect(await subjects("rita")).toEqual(["fleet.device.d1", "fleet.command.d1"]);
    expect((await get("?device=d1", "sven")).statusCode).toBe(404);
    await call("PATCH", "/api/devices/d1", { account: "south", history: "stays", tags: [] });
    expect(await subjects("rita")).toEqual([]);
    expect((await linesOf("?device=d1", "sven")).map(({ type }) => type)).toEqual(["DeviceMoved"]);
  });
});

it("an export frees its place if the client closed the connection during the check of its token", async () => {
  const { operators, transfers } = server.context;
  const verify = operators.verify.bind(operators);
  const [begun, checked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  operators.verify = async (token) => {
    begun.resolve();
    await checked.promise;
    return verify(token);
  };
  const places: boolean[] = [];
  const beginDownload = transfers.beginDownload.bind(transfers);
  transfers.beginDownload = (holder) => {
    const end = beginDownload(holder);
    const place = places.push(true) - 1;
    return () => {
      places[place] = false;
      end();
    };
  };
  const port = Number(new URL(await server.app.listen({ host: "127.0.0.1", port: 0 })).port);
  try {
    const gone = new Promise((resolve) => server.app.server.once("connection", (peer) => peer.once("close", resolve)));
    const client = connect(port, "127.0.0.1");
    client.write(`GET /api/history/export HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${server.token}\r\n\r\n`);
    await begun.promise;
    client.destroy();
    await gone;
    checked.resolve();
    await expect.poll(() => places).toEqual([false]);
  } finally {
    await server.app.close();
  }
});
