import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Scope } from "@fleetlog/domain";
import type { CreatedApiKey, Problem, QueryResult, QuerySchemaResource, SystemResource } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api } from "../support/api.ts";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { eventually } from "../support/eventually.ts";
import { publishRaw } from "../support/raw-nats.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";
import { msUntil, withinASecond } from "../support/within-a-second.ts";

const ENDLESS = "SELECT count(*) FROM range(1000000000000)";
let stack: Stack;
let api: Api;
let main: Api;
let north: Api;
let roof: Api;

async function personWith(id: string, role: string, scope: Scope): Promise<Api> {
  const token = `person-of-sql-${id}-0123456789`;
  const operator = { id, name: id, role, scope };
  const hash = createHash("sha256").update(token).digest("hex");
  await publishRaw(stack.nats.port, `$KV.operators.operator.${hash}`, JSON.stringify({ status: "valid", operator }));
  const person = new Api(api.url, token);
  await eventually(async () => expect((await person.call("GET", "/api/session")).status).toBe(200));
  return person;
}

beforeAll(async () => {
  stack = await startStack({ historians: 1, env: { FLEETLOG_HISTORY_SQL_TIME: "20s" } });
  api = stack.api;
  await api.call("POST", "/api/accounts", { id: "north", name: "North" });
  for (const [id, account, tags] of [
    ["pump-1", "main", ["roof"]],
    ["pump-2", "main", ["cellar"]],
    ["pump-3", "north", ["roof"]],
  ] as const) {
    expect((await api.call("POST", "/api/devices", { id, account, tags, name: `Name of ${id}` })).status).toBe(201);
  }
  await api.command("pump-1", { name: "go", deadline: "1h" });
  main = await personWith("mia", "analyst", { accounts: ["main"] });
  north = await personWith("noa", "analyst", { accounts: ["north"] });
  roof = await personWith("rob", "analyst", { tags: ["roof"] });
});
afterAll(() => stack[Symbol.asyncDispose]());

async function rows(sql: string, by = api): Promise<unknown[][]> {
  const { status, body } = await by.call<QueryResult>("POST", "/api/history/query", { sql });
  expect(body).toMatchObject({ truncated: false });
  expect(status).toBe(200);
  return body.rows as unknown[][];
}

async function problem(sql: string, by = api): Promise<Problem> {
  return (await by.call<Problem>("POST", "/api/history/query", { sql })).body;
}

/** Processes that run statements. */
async function queryProcesses(): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir("/proc")) {
    const command = await readFile(join("/proc", name, "cmdline"), "utf8").catch(() => "");
    const parent = await readFile(join("/proc", name, "stat"), "utf8").catch(() => "");
    if (!/sql.process.main/.test(command)) continue;
    if (stack.historians.some(({ process }) => parent.split(") ")[1]?.split(" ")[1] === String(process.pid)))
      found.push(Number(name));
  }
  return found;
}

async function cpuOf(pid: number): Promise<number> {
  const stat = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  return Number(stat[11]) + Number(stat[12]);
}

describe("SQL over the history", () => {
  it("answers in JSON with the newest events", async () => {
    const { body } = await api.call<QueryResult>("POST", "/api/history/query", {
      sql: "SELECT id, tags, registeredAt FROM devices ORDER BY id",
      limit: 2,
    });
    expect(body).toMatchObject({
      columns: [
        { name: "id", type: "VARCHAR" },
        { name: "tags", type: "VARCHAR[]" },
        { name: "registeredAt", type: "TIMESTAMP WITH TIME ZONE" },
      ],
      rows: [
        ["pump-1", ["roof"], expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)],
        ["pump-2", ["cellar"], expect.any(String)],
      ],
      truncated: true,
    });
    const [[before] = []] = await rows("SELECT max(seq) FROM events");
    await api.call("PATCH", "/api/devices/pump-1", { name: "Renamed" });
    expect(await rows("SELECT name FROM devices WHERE id = 'pump-1'")).toEqual([["Renamed"]]);
    expect(await rows(`SELECT name FROM devices_asof(${before}) WHERE id = 'pump-1'`)).toEqual([["Name of pump-1"]]);
    expect(await rows("SELECT name FROM devices_versions WHERE id = 'pump-1' ORDER BY seq")).toEqual([
      ["Name of pump-1"],
      ["Renamed"],
    ]);
    expect(await rows("SELECT name, state, device FROM commands")).toEqual([["go", "issued", "pump-1"]]);
    expect(await rows("SELECT DISTINCT status FROM status")).toEqual([["never-connected"]]);
    expect(await rows("SELECT data->>'name' FROM events WHERE type = 'CommandIssued'")).toEqual([["go"]]);
  });

  it("answers in CSV or Parquet if the client prefers that", async () => {
    const sql = "SELECT id, 'a,\"b' AS t FROM devices ORDER BY id";
    const csv = await api.call<string>("POST", "/api/history/query", { sql, limit: 1 }, { accept: "text/csv" });
    expect(csv.body).toBe('id,t\r\npump-1,"a,""b"\r\n');
    expect(csv.headers.get("content-type")).toMatch(/^text\/csv/);
    expect(csv.headers.get("fleetlog-truncated")).toBe("true");
    const accept = "application/vnd.apache.parquet, application/json;q=0.5";
    const parquet = await api.call<string>("POST", "/api/history/query", { sql }, { accept });
    expect(parquet.headers.get("content-type")).toBe("application/vnd.apache.parquet");
    expect(parquet.headers.get("fleetlog-truncated")).toBe("false");
    expect(parquet.body).toMatch(/^PAR1.*PAR1$/s);
  });

  it("sends large answers whole", async () => {
    const sql = "SELECT i, repeat('é\"', 20) AS t FROM range(150000) r(i)";
    const { body } = await api.call<QueryResult>("POST", "/api/history/query", { sql, limit: 200_000 });
    expect([body.rows.length, body.truncated]).toEqual([150_000, false]);
    expect(body.rows[149_999]).toEqual([149_999, 'é"'.repeat(20)]);
  });

  it("lists its tables, each of which can be read", async () => {
    const { body } = await api.call<QuerySchemaResource>("GET", "/api/history/query/schema");
    for (const { name, columns } of body.tables) {
      const { body: found } = await api.call<QueryResult>("POST", "/api/history/query", {
        sql: `SELECT * FROM ${name}`,
      });
      expect(found.columns, name).toEqual(columns.map((column) => ({ name: column.name, type: column.type })));
    }
    for (const name of body.functions) expect(await rows(`SELECT * FROM ${name}(1)`)).toBeInstanceOf(Array);
  });
});

describe("a caller", () => {
  it("finds the devices of their accounts and tags, in every table", async () => {
    for (const [by, own] of [
      [main, ["pump-1", "pump-2"]],
      [north, ["pump-3"]],
      [roof, ["pump-1", "pump-3"]],
    ] as const) {
      for (const sql of [
        "SELECT DISTINCT id FROM devices",
        "SELECT DISTINCT id FROM devices_versions",
        "SELECT DISTINCT device FROM status",
        "SELECT DISTINCT device FROM status_versions",
        "SELECT DISTINCT device FROM events WHERE device IS NOT NULL",
        "SELECT DISTINCT id FROM devices_asof(now())",
      ]) {
        expect((await rows(sql, by)).flat().sort(), sql).toEqual(own);
      }
    }
    expect(await rows("SELECT id FROM commands", north)).toEqual([]);
    expect(await rows("SELECT DISTINCT category FROM events ORDER BY 1", roof)).toEqual(
      [["device"], ["command"]].sort(),
    );
    const all = JSON.stringify(await rows("SELECT * FROM events ORDER BY seq", north));
    expect(all).not.toMatch(/pump-[12]/);
  });

  it("loses and gains devices with their tags", async () => {
    await api.call("PATCH", "/api/devices/pump-2", { tags: ["roof"] });
    await eventually(async () =>
      expect((await rows("SELECT id FROM devices ORDER BY id", roof)).flat()).toEqual(["pump-1", "pump-2", "pump-3"]),
    );
    await api.call("PATCH", "/api/devices/pump-2", { tags: ["cellar"] });
    await eventually(async () =>
      expect((await rows("SELECT id FROM devices ORDER BY id", roof)).flat()).toEqual(["pump-1", "pump-3"]),
    );
  });

  it("finds the telemetry of their devices", async () => {
    const { body } = await api.call<{ token: string }>("POST", "/api/devices/pump-1/token", {});
    const [gateway] = stack.gateways;
    const at = { httpPort: gateway?.httpPort ?? 0, mqttPort: gateway?.mqttPort ?? 0 };
    const device = await connectMqttDevice(5)({ ...at, device: "pump-1", token: body.token });
    const reports = [1, 2].map((seq) => ({ data: { bar: seq / 4, on: true }, boot: "b1", seq }));
    await device.telemetry(reports);
    await device.close();
    const sql = `SELECT device, boot, "bootSeq", (data->>'bar')::DOUBLE FROM telemetry ORDER BY seq`;
    const own = [
      ["pump-1", "b1", 1, 0.25],
      ["pump-1", "b1", 2, 0.5],
    ];
    for (const by of [api, main, roof]) expect(await rows(sql, by)).toEqual(own);
    expect(await rows(sql, north)).toEqual([]);
    await eventually(async () => {
      const { historians } = (await api.call<SystemResource>("GET", "/api/system")).body;
      expect(historians).toMatchObject([{ telemetry: { seq: 2, lag: 0 } }]);
    });
  });

  it("needs the role of an analyst", async () => {
    const viewer = await personWith("vera", "viewer", {});
    expect(await problem("SELECT 1", viewer)).toMatchObject({ status: 403, code: "forbidden" });
    expect(await rows("SELECT count(*) FROM events WHERE category = 'person'", main)).toEqual([[0]]);
  });

  it("gets an error that names the correct SQL", async () => {
    expect(await problem("SELECT *\nFROM device")).toMatchObject({
      status: 400,
      code: "invalid-request",
      field: "sql",
      detail: 'line 2, column 6: there is no table "device"',
      advice: "Write devices.",
    });
    expect(await problem("SELECT * FROM read_text('/etc/passwd')")).toMatchObject({ status: 400, field: "sql" });
    expect(await problem("COPY events TO '/tmp/x'")).toMatchObject({ detail: "only SELECT is allowed" });
    expect(await problem("SELECT 1; SELECT 2")).toMatchObject({ status: 400, field: "sql" });
  });
});

describe("the samples of the documentation", () => {
  const run = promisify(execFile);
  let folder: string;
  let blocks: ReadonlyMap<string, string>;
  beforeAll(async () => {
    // Here the sample for Node.js finds the packages of this repository.
    folder = await mkdtemp(fileURLToPath(new URL("../../node_modules/.samples-", import.meta.url)));
    const page = await readFile(new URL("../../services/protocol/docs/history-sql.md", import.meta.url), "utf8");
    blocks = new Map([...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, name = "", text = ""]) => [name, text]));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function output(program: string, language: string, file: string): Promise<string> {
    const { body: key } = await api.call<{ key: string }>("POST", "/api/api-keys", { name: language, role: "analyst" });
    await writeFile(join(folder, file), blocks.get(language) ?? "");
    const env = { ...process.env, FLEETLOG_URL: api.url, FLEETLOG_KEY: key.key };
    return (await run(program, [join(folder, file)], { env, cwd: folder })).stdout;
  }

  it("read a Parquet file with DuckDB in Node.js", async () => {
    const found = await output(process.execPath, "js", "sample.mjs");
    const counted = await rows("SELECT type, count(*) FROM events GROUP BY type ORDER BY type");
    expect(found.trim().split("\n")).toEqual(expect.arrayContaining(["DeviceRegistered 2", "CommandIssued 1"]));
    expect(found.trim().split("\n").length).toBeLessThanOrEqual(counted.length);
  });

  suiteWith("python3", "in Python", () => {
    it("read rows", async () => {
      const found = await output("python3", "python", "sample.py");
      expect(found).toBe("pump-1 Renamed\npump-2 Name of pump-2\n");
    });
  });
});

describe("a query that does not end", () => {
  it("is ended after the time limit", async () => {
    expect(await problem(ENDLESS)).toMatchObject({
      status: 422,
      code: "query-limit",
      detail: "the query ran longer than 20s",
    });
    expect(await rows("SELECT 1")).toEqual([[1]]);
  });

  it("ends when the client closes the connection", async () => {
    await rows("SELECT 1");
    const [before] = await queryProcesses();
    const used = await cpuOf(before ?? 0);
    const url = new URL(`${api.url}/api/history/query`);
    const headers = { authorization: `Bearer ${api.token}`, "content-type": "application/json" };
    const asked = request(url, { method: "POST", headers });
    asked.on("error", () => {});
    asked.end(JSON.stringify({ sql: ENDLESS }));
    // Its start took processor time too.
    await eventually(async () => expect((await cpuOf(before ?? 0)) - used).toBeGreaterThan(40));
    asked.destroy();
    await eventually(async () => expect(await queryProcesses()).not.toContain(before), 10_000);
    expect(await rows("SELECT 1")).toEqual([[1]]);
  });

  it("is ended within a second, with its process, when its caller's access ends", async () => {
    await withinASecond(async () => {
      await rows("SELECT 1");
      const [before] = await queryProcesses();
      const used = await cpuOf(before ?? 0);
      const made = await api.call<CreatedApiKey>("POST", "/api/api-keys", { name: "query", role: "analyst" });
      const running = new Api(api.url, made.body.key).call("POST", "/api/history/query", { sql: ENDLESS });
      const cut = expect(running).rejects.toThrow();
      await eventually(async () => expect((await cpuOf(before ?? 0)) - used).toBeGreaterThan(40));
      expect((await api.call("DELETE", `/api/api-keys/${made.body.id}`)).status).toBe(204);
      const took = await msUntil(cut);
      await eventually(async () => expect(await queryProcesses()).not.toContain(before), 10_000);
      return took;
    });
    expect(await rows("SELECT 1")).toEqual([[1]]);
  });

  it("gets less CPU time than the live processes", async () => {
    await rows("SELECT 1");
    const [pid] = await queryProcesses();
    for (const thread of await readdir(`/proc/${pid}/task`)) {
      expect((await readFile(`/proc/${pid}/task/${thread}/stat`, "utf8")).split(") ")[1]?.split(" ")[16]).toBe("10");
    }
    // Linux ends it first if the machine has no memory left.
    expect(await readFile(`/proc/${pid}/oom_score_adj`, "utf8")).toBe("1000\n");
  });

  it("fails if its process is killed; later queries run", async () => {
    const running = problem(ENDLESS);
    await eventually(async () => {
      const [pid] = await queryProcesses();
      expect(await cpuOf(pid ?? 0)).toBeGreaterThan(40);
    });
    for (const pid of await queryProcesses()) process.kill(pid, "SIGKILL");
    expect(await running).toMatchObject({ status: 503, code: "history-unavailable" });
    expect(await rows("SELECT 1")).toEqual([[1]]);
  });

  it("ends with the historian", async () => {
    const running = problem(ENDLESS);
    await eventually(async () => expect(await queryProcesses()).not.toEqual([]));
    const pids = await queryProcesses();
    await stack.historians[0]?.process.kill();
    await eventually(async () => {
      for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
    });
    expect(await running).toMatchObject({ status: 503 });
    await stack.historians[0]?.restart();
    expect(await rows("SELECT count(*) FROM devices")).toEqual([[3]]);
  });
});
