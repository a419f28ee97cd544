import { randomBytes } from "node:crypto";
import { memoryBackbone } from "@fleetlog/log";
import { beforeEach, describe, expect, it } from "vitest";
import { sealerOf } from "../installation/sealer.ts";
import { PersonCodes } from "./codes.ts";

const UNTIL = 2_000;

let now: number;
let codes: PersonCodes;
let stored: () => Promise<string>;
beforeEach(() => {
  now = 1_000;
  const { buckets } = memoryBackbone();
  codes = new PersonCodes(buckets, sealerOf(randomBytes(32)), () => now);
  stored = async () => JSON.stringify(await (await buckets.open("people-codes", { maxBytes: 1 })).entries());
});

const make = () => codes.make("p1", "reset", { until: UNTIL });
const find = (code: string, person: string | undefined = "p1") => codes.find(person, ["invitation", "reset"], code);
const byMail = (mail: string) => codes.makeForMail("p1", "reset", { until: UNTIL, mail });

describe("codes", () => {
  it("are found until they are used, expired, or replaced by a newer code of the same purpose", async () => {
    const first = await make();
    const code = await make();
    expect(code).toMatch(/^[2-9A-Z]{10}$/);
    for (const wrong of [first, "AAAAAAAAAA", ""]) expect(await find(wrong)).toBeUndefined();
    expect(await codes.find(undefined, ["reset"], code)).toBeUndefined();
    expect(await codes.find("p2", ["reset"], code)).toBeUndefined();
    expect(await codes.find("p1", ["confirmation"], code)).toBeUndefined();
    const found = await find(` ${code.toLowerCase()} `);
    expect(found).toMatchObject({ person: "p1", purpose: "reset" });
    expect(await find(code)).toEqual(found);
    await codes.used(found ?? { person: "", purpose: "reset", id: "" });
    expect(await find(code)).toBeUndefined();
    const late = await make();
    now = UNTIL;
    expect(await find(late)).toBeUndefined();
  });

  it("do not replace codes of another purpose", async () => {
    const code = await make();
    const invitation = await codes.make("p1", "invitation", { until: UNTIL });
    expect([await find(code), await find(invitation)]).toMatchObject([{ purpose: "reset" }, { purpose: "invitation" }]);
  });

  it("are accepted after 700 wrong tries", async () => {
    const code = await make();
    const atOnce = await Promise.all(Array.from({ length: 200 }, () => find("AAAAAAAAAA")));
    expect(atOnce.every((found) => found === undefined)).toBe(true);
    for (let i = 0; i < 500; i++) await find("AAAAAAAAAA");
    expect(await find(code)).toBeDefined();
  });

  it("can be read until their mail was sent, and are stored only sealed and hashed", async () => {
    expect(await byMail("m1")).toBe(true);
    const code = (await codes.forMail("p1", "reset", "m1")) ?? "";
    expect(await find(code)).toBeDefined();
    expect(await codes.forMail("p1", "reset", "m0")).toBeUndefined();
    expect(await stored()).not.toContain(code);
    await codes.sent("p1", "reset", "m1");
    expect(await codes.forMail("p1", "reset", "m1")).toBeUndefined();
    expect(await find(code)).toBeDefined();
    await codes.end("p1");
    expect(await find(code)).toBeUndefined();
  });

  it("go out by mail five times at once, then once in 10 minutes; until then the last code stays valid", async () => {
    const sent: boolean[] = [];
    for (let i = 0; i < 8; i++) sent.push(await byMail(`m${i}`));
    expect(sent).toEqual([true, true, true, true, true, false, false, false]);
    expect(await codes.forMail("p1", "reset", "m4")).toBeDefined();
    now += 600_000;
    expect([await byMail("m8"), await byMail("m9")]).toEqual([true, false]);
    const code = await codes.make("p1", "reset", { until: now + 1 });
    await codes.used((await find(code)) ?? { person: "", purpose: "reset", id: "" });
    expect(await byMail("m10")).toBe(false);
  });

  it("keep the password hash that was given with them", async () => {
    const code = await codes.make("p1", "confirmation", { until: UNTIL, password: "hash-1" });
    expect(await codes.find("p1", ["confirmation"], code)).toMatchObject({ password: "hash-1" });
  });
});
