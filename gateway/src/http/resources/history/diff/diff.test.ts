import type { Scope } from "@fleetlog/domain";
import { startCalls } from "@fleetlog/history/testing";
import type { DiffRequest } from "@fleetlog/protocol";
import Type from "typebox";
import { beforeEach, expect, it } from "vitest";
import { type TestServer, testServer } from "../../../../testing/test-server.ts";
import { DIFF_EXAMPLES } from "./examples.ts";

let server: TestServer;
let asked: DiffRequest[];
beforeEach(async () => {
  server = await testServer();
  asked = [];
  const answer = async (request: DiffRequest) => {
    asked.push(request);
    return JSON.stringify(DIFF_EXAMPLES.Diff);
  };
  const call = { name: "diff", request: Type.Any(), answer };
  startCalls({ bus: server.node.backbone.bus, historian: "h1", calls: [call] });
});

async function get(query: string, token = server.token) {
  const url = `/api/history/diff?${query}`;
  const answer = await server.app.inject({ url, headers: { authorization: `Bearer ${token}` } });
  return { status: answer.statusCode, body: answer.json() };
}

function person(role: "viewer" | "analyst", scope?: Scope): void {
  server.context.operators.verify = async (token) => ({
    ...{ kind: "person", id: token, name: token, role },
    ...(scope && { scope }),
  });
}

it("GET /api/history/diff asks a historian for two moments and the devices of the caller", async () => {
  expect(await get("from=5000&to=2026-01-31T13:00:01%2B01:00&group=roof&account=main&limit=7")).toEqual({
    status: 200,
    body: DIFF_EXAMPLES.Diff,
  });
  person("analyst", { accounts: ["main"], tags: ["roof"] });
  await get("from=5000&device=pump-7&change=status&cause=operator&by=ada&cursor=abc", "anna");
  expect(asked).toEqual([
    { from: 5000, to: "2026-01-31T12:00:01.000Z", group: "roof", account: "main", limit: 7 },
    {
      ...{ from: 5000, device: "pump-7", change: "status", cause: "operator", by: "ada", cursor: "abc" },
      scope: { accounts: ["main"], tags: ["roof"] },
    },
  ]);
});

it("GET /api/history/diff is for analysts and above", async () => {
  person("viewer");
  expect((await get("from=1", "vera")).status).toBe(403);
  expect(asked).toEqual([]);
});

it.each([
  ["to=1", "from"],
  ["from=soon", "from"],
  ["from=1&to=2026-01-31", "to"],
  ["from=1&cause=weather", "cause"],
  ["from=1&limit=501", "limit"],
  ["from=1&zzz=1", "zzz"],
])("GET /api/history/diff refuses %s", async (query, field) => {
  expect((await get(query)).body).toMatchObject({ status: 400, code: "invalid-request", field });
  expect(asked).toEqual([]);
});
