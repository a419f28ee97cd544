import { type Backbone, memoryBackbone } from "@fleetlog/log";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type OperatorSessions, operatorSessions } from "./operator-sessions.ts";
import { type Operators, operators } from "./operators.ts";

const NO_PEOPLE = { verify: async () => undefined };
const NO_KEYS = { verifyId: async () => undefined };
let backbone: Backbone;
let tokens: Operators;
let sessions: OperatorSessions;
let now: number;

beforeEach(async () => {
  now = 0;
  backbone = memoryBackbone();
  tokens = operators(backbone.buckets, { now: () => now });
  sessions = operatorSessions(backbone.buckets, tokens, NO_PEOPLE, NO_KEYS, { now: () => now });
  await tokens.ensureAdmin("the-token");
});
afterEach(() => backbone.close());

describe("operatorSessions", () => {
  it("begins a session only with a valid token, and verifies it by its id", async () => {
    expect(await sessions.begin("another")).toBeUndefined();
    const begun = await sessions.begin("the-token");
    expect(begun?.person).toMatchObject({ id: "admin", role: "admin" });
    expect(await sessions.verify(begun?.id ?? "")).toEqual(begun?.person);
    for (const wrong of ["", "the-token", `${begun?.id}x`]) expect(await sessions.verify(wrong)).toBeUndefined();
  });

  it("stores neither the id nor the token", async () => {
    const begun = await sessions.begin("the-token");
    const bucket = await backbone.buckets.open("operator-sessions", { maxBytes: 1_024 });
    const kept = JSON.stringify(await bucket.entries());
    expect(kept).toMatch(/session\.[0-9a-f]{64}/);
    expect(kept).not.toContain(begun?.id);
    expect(kept).not.toContain("the-token");
  });

  it("ends a session at once on this node, and on others after the cache's time to live", async () => {
    const elsewhere = operatorSessions(backbone.buckets, tokens, NO_PEOPLE, NO_KEYS, { now: () => now });
    const { id = "" } = (await sessions.begin("the-token")) ?? {};
    expect(await elsewhere.verify(id)).toBeDefined();
    await sessions.end(id);
    await sessions.end(id);
    expect(await sessions.verify(id)).toBeUndefined();
    now += 6_000;
    expect(await elsewhere.verify(id)).toBeUndefined();
  });

  it("ends a session when its token is revoked", async () => {
    const { id = "" } = (await sessions.begin("the-token")) ?? {};
    await tokens.ensureAdmin("a-new-token");
    now += 6_000;
    expect(await sessions.verify(id)).toBeUndefined();
  });
});
