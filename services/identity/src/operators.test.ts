import { type Backbone, memoryBackbone } from "@fleetlog/log";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { operators } from "./operators.ts";
import { newOperatorToken } from "./tokens.ts";

const ADMIN = { kind: "person", id: "admin", name: "Administrator", role: "admin" };

let backbone: Backbone;
let now = 0;
const open = () => operators(backbone.buckets, { now: () => now });
const stored = async () => (await backbone.buckets.open("operators", { maxBytes: 16 * 1024 ** 2 })).entries();

beforeEach(() => {
  backbone = memoryBackbone();
  now = 0;
});
afterEach(() => backbone.close());

describe("operators", () => {
  it("accepts only the administrator's token", async () => {
    const token = newOperatorToken();
    const people = open();
    await people.ensureAdmin(token);

    expect(await people.verify(token)).toEqual(ADMIN);
    for (const wrong of ["", token.slice(1), `${token} `, newOperatorToken()]) {
      expect(await people.verify(wrong)).toBeUndefined();
    }
  });

  it("stores only the token's hash, and writes nothing for the same token again", async () => {
    const token = newOperatorToken();
    const people = open();
    await people.ensureAdmin(token);
    const before = await stored();
    await people.ensureAdmin(token);

    expect(await stored()).toEqual(before);
    expect(before).toHaveLength(1);
    expect(JSON.stringify(before)).not.toContain(token.slice(4));
  });

  it("revokes the administrator's earlier token, at once in this process", async () => {
    const [old, token] = [newOperatorToken(), newOperatorToken()];
    const people = open();
    await people.ensureAdmin(old);
    expect(await people.verify(old)).toEqual(ADMIN);

    await people.ensureAdmin(token);

    expect(await people.verify(old)).toBeUndefined();
    expect(await people.verify(token)).toEqual(ADMIN);
    expect(await stored()).toHaveLength(2);

    await people.ensureAdmin(old);
    expect(await people.verify(old)).toEqual(ADMIN);
    expect(await people.verify(token)).toBeUndefined();
  });

  it("refuses a token that another process has revoked, once the cache's time to live is over", async () => {
    const [old, token] = [newOperatorToken(), newOperatorToken()];
    const [here, there] = [open(), open()];
    await here.ensureAdmin(old);
    expect(await here.verify(old)).toEqual(ADMIN);
    await there.ensureAdmin(token);

    expect(await here.verify(old)).toEqual(ADMIN);
    now = 5_000;
    expect(await here.verify(old)).toBeUndefined();
  });

  it("accepts a token that is created just after it was refused", async () => {
    const token = newOperatorToken();
    const [here, there] = [open(), open()];
    expect(await here.verify(token)).toBeUndefined();
    await there.ensureAdmin(token);
    expect(await here.verify(token)).toEqual(ADMIN);
  });
});
