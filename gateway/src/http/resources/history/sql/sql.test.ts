import { startCalls } from "@fleetlog/history/testing";
import { SQL, type SqlHead } from "@fleetlog/protocol";
import Type from "typebox";
import { beforeEach, expect, it } from "vitest";
import { type TestServer, testServer } from "../../../../testing/test-server.ts";

const columns = [{ name: "device", type: "VARCHAR" }];
const missing: SqlHead["missing"] = {
  events: 131_000,
  ranges: [
    { from: 65_537, to: 131_072 },
    { from: 196_609, to: 262_144 },
  ],
};
const ROWS = { json: '[["d1"]]', csv: "device\r\nd1\r\n", parquet: Buffer.from("PAR1 d1 PAR1").toString("base64") };

let server: TestServer;
/** What the historian says before the rows. */
let head: SqlHead;
let waits: Promise<void> | undefined;
beforeEach(async () => {
  server = await testServer();
  head = { columns, rows: 1, truncated: false };
  waits = undefined;
  const sql = {
    name: SQL,
    request: Type.Any(),
    answer: async ({ format }: { readonly format: keyof typeof ROWS }) => {
      await waits;
      return `${JSON.stringify(head)}\n${ROWS[format]}`;
    },
  };
  startCalls({ bus: server.node.backbone.bus, historian: "h1", calls: [sql] });
});

async function asked(accept: string, token = server.token) {
  return await server.app.inject({
    method: "POST",
    url: "/api/history/query",
    headers: { authorization: `Bearer ${token}`, accept },
    payload: { sql: "SELECT device FROM telemetry" },
  });
}

async function query(accept: string) {
  const answer = await asked(accept);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer;
}

it("the SQL call names missing telemetry in the JSON of an answer, and in no header", async () => {
  head = { ...head, missing };
  const { body, headers } = await query("application/json");
  expect(JSON.parse(body)).toEqual({ columns, rows: [["d1"]], truncated: false, missing });
  expect(headers["fleetlog-missing-telemetry"]).toBeUndefined();
});

it.each([
  ["text/csv", ROWS.csv],
  ["application/vnd.apache.parquet", "PAR1 d1 PAR1"],
])("the SQL call has the sequences of missing telemetry in a header with %s", async (type, rows) => {
  head = { ...head, missing };
  const { body, headers } = await query(type);
  expect(body).toBe(rows);
  expect(headers).toMatchObject({
    "content-type": expect.stringContaining(type),
    "fleetlog-missing-telemetry": "65537-131072, 196609-262144",
    "fleetlog-truncated": "false",
  });
});

it.each(["application/json", "text/csv", "application/vnd.apache.parquet"])(
  "the SQL call says nothing of missing telemetry in %s when none is missing",
  async (type) => {
    const { body, headers } = await query(type);
    expect(headers["fleetlog-missing-telemetry"]).toBeUndefined();
    if (type === "application/json") expect(JSON.parse(body)).toEqual({ columns, rows: [["d1"]], truncated: false });
  },
);

it("one person has at most half of the queries of a gateway at a time", async () => {
  const verify = server.context.operators.verify.bind(server.context.operators);
  server.context.operators.verify = (token) =>
    token === "ann" ? Promise.resolve({ kind: "person", id: "ann", name: "Ann", role: "analyst" }) : verify(token);
  const { promise, resolve: answer } = Promise.withResolvers<void>();
  waits = promise;
  const running = Array.from({ length: 8 }, () => asked("application/json"));
  const ninth = await asked("application/json");
  expect(ninth.json()).toMatchObject({
    status: 429,
    code: "rate-limited",
    detail: expect.stringMatching(/^you have 8/),
  });
  const another = asked("application/json", "ann");
  answer();
  expect((await Promise.all([...running, another])).map(({ statusCode }) => statusCode)).toEqual(Array(9).fill(200));
  await query("application/json");
});
