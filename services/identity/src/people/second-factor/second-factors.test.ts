import { randomBytes } from "node:crypto";
import { memoryBackbone } from "@fleetlog/log";
import { TOTP } from "otpauth";
import { beforeEach, describe, expect, it } from "vitest";
import { sealerOf } from "../../installation/sealer.ts";
import { SecondFactors } from "./second-factors.ts";

const STEP = 30_000;
const HOME = "192.0.2.1";
let now: number;
let factors: SecondFactors;
let another: SecondFactors;
let stored: () => Promise<string>;
beforeEach(() => {
  now = 1_000 * STEP;
  const { buckets } = memoryBackbone();
  const sealer = sealerOf(randomBytes(32));
  factors = new SecondFactors(buckets, sealer, () => now);
  another = new SecondFactors(buckets, sealer, () => now);
  stored = async () => JSON.stringify(await (await buckets.open("second-factors", { maxBytes: 1 })).entries());
});

const codeOf = (secret: string, at = now) => new TOTP({ secret }).generate({ timestamp: at });
const wrongOf = (secret: string) => (codeOf(secret) === "000000" ? "000001" : "000000");

async function enrolled() {
  const { secret } = await factors.enrol("p1", "ada");
  const recoveryCodes = await factors.confirm("p1", codeOf(secret));
  if (recoveryCodes === undefined) throw new Error("the code is not accepted");
  now += STEP;
  return { secret, recoveryCodes };
}

describe("the second factor", () => {
  it("is on once a code has confirmed it, and stores neither secret nor recovery codes in the clear", async () => {
    const { secret, uri } = await factors.enrol("p1", "ada@example.org");
    expect(uri).toMatch(/^otpauth:\/\/totp\/Fleetlog:ada%40example\.org\?/);
    expect(new URL(uri).searchParams.get("secret")).toBe(secret);
    expect(await factors.status("p1")).toEqual({ on: false, recoveryCodes: 0 });
    expect(await factors.use("p1", codeOf(secret), HOME)).toBeUndefined();
    expect(await factors.isPending("p1", wrongOf(secret))).toBe(false);
    expect(await factors.confirm("p1", wrongOf(secret))).toBeUndefined();
    const codes = await factors.confirm("p1", codeOf(secret));
    expect(new Set(codes).size).toBe(10);
    expect(await factors.status("p1")).toEqual({ on: true, recoveryCodes: 10 });
    for (const text of [secret, ...(codes ?? [])]) expect(await stored()).not.toContain(text);
    await expect(factors.enrol("p1", "ada")).rejects.toMatchObject({ code: "conflict" });
    await factors.off("p1");
    await factors.off("p1");
    expect((await factors.status("p1")).on).toBe(false);
  });

  it("ends an enrolment that is not confirmed within 15 minutes", async () => {
    const { secret } = await factors.enrol("p1", "ada");
    now += 15 * 60_000;
    expect(await factors.confirm("p1", codeOf(secret))).toBeUndefined();
  });

  it("accepts a code one step early but not two, and only once on all nodes", async () => {
    const { secret } = await enrolled();
    const old = codeOf(secret, now - STEP);
    expect(await factors.use("p1", codeOf(secret, now - 2 * STEP), HOME)).toBeUndefined();
    expect(await factors.use("p1", codeOf(secret, now + 2 * STEP), HOME)).toBeUndefined();
    const next = codeOf(secret, now + STEP);
    const both = await Promise.all([factors.use("p1", next, HOME), another.use("p1", next, HOME)]);
    expect(both.filter((used) => used !== undefined)).toEqual([{ kind: "totp" }]);
    for (const used of [old, codeOf(secret), next]) expect(await factors.use("p1", used, HOME)).toBeUndefined();
  });

  it("does not accept the code that confirmed it", async () => {
    const { secret } = await factors.enrol("p1", "ada");
    await factors.confirm("p1", codeOf(secret));
    expect(await factors.use("p1", codeOf(secret), HOME)).toBeUndefined();
  });

  it("accepts each recovery code once, in any notation, until new recovery codes are made", async () => {
    const { recoveryCodes } = await enrolled();
    const [first = "", second = ""] = recoveryCodes;
    const written = `${first.slice(0, 5).toLowerCase()}-${first.slice(5)} `;
    expect(await factors.use("p1", written, HOME)).toEqual({ kind: "recovery-code", left: 9 });
    expect(await factors.use("p1", first, HOME)).toBeUndefined();
    expect(await factors.use("p2", second, HOME)).toBeUndefined();
    const renewed = await factors.renewRecoveryCodes("p1");
    expect(await factors.use("p1", second, HOME)).toBeUndefined();
    expect(await factors.use("p1", renewed?.[0] ?? "", HOME)).toEqual({ kind: "recovery-code", left: 9 });
    expect(await factors.renewRecoveryCodes("p2")).toBeUndefined();
  });

  it("refuses codes from a network after ten wrong ones, but accepts the owner's from another network", async () => {
    const { secret, recoveryCodes } = await enrolled();
    const guess = (network: string) => factors.use("p1", wrongOf(secret), network);
    for (let i = 0; i < 10; i++) expect(await guess("198.51.100.7")).toBeUndefined();
    const limited = { code: "rate-limited", field: "otp" };
    await expect(guess("198.51.100.7")).rejects.toMatchObject(limited);
    await expect(factors.use("p1", codeOf(secret), "198.51.100.7")).rejects.toMatchObject(limited);
    expect(await factors.use("p1", recoveryCodes[0] ?? "", "198.51.100.7")).toMatchObject({ kind: "recovery-code" });
    expect(await factors.use("p1", codeOf(secret), HOME)).toEqual({ kind: "totp" });
    now += 300_000;
    expect(await guess("198.51.100.7")).toBeUndefined();
  });

  it("refuses codes from all networks after 100 wrong ones, but accepts a right one a minute later", async () => {
    const { secret, recoveryCodes } = await enrolled();
    for (let i = 0; i < 100; i++) await (i % 2 ? factors : another).use("p1", wrongOf(secret), `10.0.0.${i}`);
    await expect(factors.use("p1", codeOf(secret), HOME)).rejects.toMatchObject({ code: "rate-limited" });
    expect(await another.use("p1", recoveryCodes[0] ?? "", HOME)).toMatchObject({ left: 9 });
    now += 60_000;
    expect(await another.use("p1", codeOf(secret), HOME)).toEqual({ kind: "totp" });
  });
});
