import { randomBytes } from "node:crypto";
import { sealerOf } from "@fleetlog/identity";
import { memoryBackbone } from "@fleetlog/log";
import { beforeEach, describe, expect, it } from "vitest";
import { withViews } from "../../testing/test-node.ts";
import { type TestServer, testServer } from "../../testing/test-server.ts";
import { KeptAnswers } from "./index.ts";

let server: TestServer;
beforeEach(async () => {
  server = await testServer();
  await withViews(server.node.backbone);
  const { operators } = server.context;
  const verify = operators.verify.bind(operators);
  operators.verify = (given) =>
    given === "lee" ? Promise.resolve({ kind: "person", id: "lee", name: "Lee", role: "operator" }) : verify(given);
});

async function post(path: string, payload: object | undefined, key?: string, more: Record<string, string> = {}) {
  const headers = {
    authorization: `Bearer ${server.token}`,
    ...(key !== undefined && { "idempotency-key": key }),
    ...more,
  };
  const answer = await server.app.inject({ method: "POST", url: `/api/${path}`, headers, ...(payload && { payload }) });
  const { location } = answer.headers;
  return { status: answer.statusCode, location, body: answer.body, json: () => answer.json<Record<string, unknown>>() };
}
const eventsOf = async (type: string) => {
  let count = 0;
  for await (const event of server.node.backbone.log.read({ stream: "FLEET" })) if (event.type === type) count++;
  return count;
};

describe("Idempotency-Key", () => {
  it.each([
    ["devices", { id: "pump-1" }, "DeviceRegistered"],
    ["provision-requests", { clientId: "c", userName: "u", device: { id: "p" } }, "ProvisionRequestCreated"],
    ["enrolment-groups", { name: "Meters", quota: 3 }, "EnrolmentGroupCreated"],
    ["claim-codes", { count: 2 }, "ClaimCodeMade"],
    ["accounts", { id: "north", name: "North" }, "AccountCreated"],
    ["people", { email: "ann@example.org", role: "viewer" }, "PersonInvited"],
    ["api-keys", { name: "k", role: "viewer" }, "ApiKeyCreated"],
  ])("performs a repeated POST /api/%s once, and gives the same answer", async (path, body, type) => {
    const first = await post(path, body, "k1");
    expect(first.status, first.body).toBe(201);
    const made = await eventsOf(type);
    expect(made).toBeGreaterThan(0);
    const second = await post(path, body, "k1");
    expect({ ...second, json: 0 }).toEqual({ ...first, json: 0 });
    expect(await eventsOf(type)).toBe(made);
  });

  it("gives a CSV answer again as CSV", async () => {
    const csv = { accept: "text/csv" };
    const first = await post("claim-codes", { count: 2 }, "k", csv);
    expect(first.body).toContain("number,code");
    expect((await post("claim-codes", { count: 2 }, "k", csv)).body).toBe(first.body);
  });

  it("performs only one of eight simultaneous requests with one key", async () => {
    const tries = await Promise.all(
      Array.from({ length: 8 }, () => post("enrolment-groups", { name: "M", quota: 1 }, "k")),
    );
    const statuses = new Set(tries.map(({ status }) => status));
    expect([...statuses].every((status) => status === 201 || status === 409)).toBe(true);
    expect(await eventsOf("EnrolmentGroupCreated")).toBe(1);
    expect((await post("enrolment-groups", { name: "M", quota: 1 }, "k")).status).toBe(201);
  });

  it("refuses the key for another body, but not for another person or another path", async () => {
    await post("enrolment-groups", { name: "A", quota: 1 }, "k");
    const other = await post("enrolment-groups", { name: "B", quota: 1 }, "k");
    expect(other.json()).toMatchObject({ status: 422, code: "idempotency-key-reused" });
    expect((await post("claim-codes", { count: 1 }, "k")).status).toBe(201);
    const lee = { authorization: "Bearer lee" };
    expect((await post("enrolment-groups", { name: "B", quota: 1 }, "k", lee)).status).toBe(201);
    expect((await post("enrolment-groups", { name: "B", quota: 1 })).status).toBe(201);
    expect(await eventsOf("EnrolmentGroupCreated")).toBe(3);
  });

  it("compares an uploaded file by its bytes", async () => {
    const upload = (text: string) =>
      server.app.inject({
        ...{ method: "POST", url: "/api/imports", payload: text },
        headers: { authorization: `Bearer ${server.token}`, "idempotency-key": "k", "content-type": "text/csv" },
      });
    const first = await upload("id,name\na,one\n");
    expect(first.statusCode, first.body).toBe(202);
    const again = await upload("id,name\na,one\n");
    expect([again.statusCode, again.body]).toEqual([202, first.body]);
    expect((await upload("id,name\na,two\n")).json()).toMatchObject({ status: 422, code: "idempotency-key-reused" });
  });

  it("tries a failed request again", async () => {
    expect((await post("devices", { id: "a", account: "north" }, "k")).status).toBe(404);
    await post("accounts", { id: "north", name: "North" });
    expect((await post("devices", { id: "a", account: "north" }, "k")).status).toBe(201);
  });

  it("must be a short text, and gives no kept answer to a caller who may not make the request", async () => {
    expect((await post("devices", { id: "a" }, "")).status).toBe(400);
    expect((await post("devices", { id: "a" }, "k".repeat(257))).status).toBe(400);
    await post("devices", { id: "a" }, "k");
    expect((await post("devices", { id: "a" }, "k", { authorization: "Bearer wrong" })).status).toBe(401);
  });
});

describe("kept answers", () => {
  it("are sealed; a request that a crash interrupted runs again after two minutes", async () => {
    let now = 0;
    const { buckets } = memoryBackbone();
    const answers = new KeptAnswers(buckets, sealerOf(randomBytes(32)), () => now);
    const begun = await answers.begin("name", "request", "main");
    if (begun.state !== "new") throw new Error(begun.state);
    expect(await answers.begin("name", "request", "main")).toEqual({ state: "running" });
    now += 120_000;
    const again = await answers.begin("name", "request", "main");
    if (again.state !== "new") throw new Error(again.state);
    const answer = { status: 201, headers: {}, body: "the secret" };
    await answers.keep(again.running, answer);
    // The first run was not interrupted, only slow.
    await answers.keep(begun.running, { ...answer, body: "another" });
    expect(await answers.begin("name", "request", "main")).toEqual({ state: "answered", answer });
    expect(await answers.begin("name", "another request", "main")).toEqual({ state: "other-request" });
    const bucket = await buckets.open("idempotency-keys", { maxBytes: 1 });
    expect(JSON.stringify(await bucket.entries())).not.toContain("secret");
  });

  it("stay when a slow run is refused after another run has begun, because its two minutes were over", async () => {
    let now = 0;
    const answers = new KeptAnswers(memoryBackbone().buckets, sealerOf(randomBytes(32)), () => now);
    const run = async () => {
      const begun = await answers.begin("name", "request", "main");
      if (begun.state !== "new") throw new Error(begun.state);
      return begun.running;
    };
    const slow = await run();
    now += 120_000;
    const answer = { status: 201, headers: {}, body: "done" };
    await answers.keep(await run(), answer);
    await answers.forget(slow);
    expect(await answers.begin("name", "request", "main")).toEqual({ state: "answered", answer });
  });

  it("have a share for each account: an account that has used up its share does not reduce the others' shares", async () => {
    let now = 0;
    const answers = new KeptAnswers(memoryBackbone().buckets, sealerOf(randomBytes(32)), () => now);
    const perform = async (name: string, account: string, bytes = 400_000) => {
      const begun = await answers.begin(name, "request", account);
      if (begun.state === "new")
        await answers.keep(begun.running, { status: 201, headers: {}, body: "x".repeat(bytes) });
      return begun.state;
    };
    const kept = async (name: string, account: string) => {
      const begun = await answers.begin(name, "request", account);
      return begun.state === "answered" && begun.answer.body !== undefined;
    };
    for (let i = 0; i < 10; i++) await perform(`large-${i}`, "north");
    expect([await kept("large-0", "north"), await kept("large-9", "north")]).toEqual([true, false]);
    const fill = async () => {
      for (let i = 0; i < 10_000; i++) await perform(`small-${i}`, "north", 0);
    };
    await expect(fill()).rejects.toMatchObject({ code: "rate-limited", retryAfterMs: expect.any(Number) });
    // Kept answers are still given.
    expect(await kept("large-0", "north")).toBe(true);
    expect(await perform("large", "main")).toBe("new");
    expect(await kept("large", "main")).toBe(true);
    now += 1_800_000;
    expect(await perform("later", "north")).toBe("new");
    expect(await kept("later", "north")).toBe(true);
  });

  it("have no body if the body was too large", async () => {
    const answers = new KeptAnswers(memoryBackbone().buckets, sealerOf(randomBytes(32)), () => 0);
    const begun = await answers.begin("name", "request", "main");
    if (begun.state !== "new") throw new Error(begun.state);
    await answers.keep(begun.running, { status: 201, headers: {}, body: "x".repeat(600_000) });
    expect(await answers.begin("name", "request", "main")).toEqual({
      state: "answered",
      answer: { status: 201, headers: {} },
    });
  });
});
