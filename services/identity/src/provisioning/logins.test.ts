import { randomBytes } from "node:crypto";
import { encodeToken } from "@fleetlog/domain";
import { memoryBackbone } from "@fleetlog/log";
import { beforeEach, describe, expect, it } from "vitest";
import { sealerOf } from "../installation/sealer.ts";
import { newActivationKey, ProvisionLogins } from "./logins.ts";

const login = { clientId: "mac", userName: "mac-serial" };
const secrets = { password: "s3cret", activationKey: "a".repeat(32) };
let buckets: ReturnType<typeof memoryBackbone>["buckets"];
let logins: ProvisionLogins;
const keep = async () => false;

beforeEach(() => {
  buckets = memoryBackbone().buckets;
  logins = new ProvisionLogins(buckets, sealerOf(randomBytes(32)), () => 1_000);
});

describe("the log-ins of provision requests", () => {
  it("are found by client id, user name and password", async () => {
    expect(await logins.add(login, "r1", secrets, keep)).toBeUndefined();
    expect(await logins.verify(login, "s3cret")).toBe("r1");
    expect(await logins.verify(login, "wrong")).toBeUndefined();
    expect(await logins.verify({ ...login, userName: "other" }, "s3cret")).toBeUndefined();
    expect(await logins.verify({ clientId: "macmac-serial", userName: "" }, "s3cret")).toBeUndefined();
    expect((await logins.holderOf(login))?.request).toBe("r1");
  });

  it("go to another request only if `mayReplace` allows that", async () => {
    await logins.add(login, "r1", secrets, keep);
    expect(await logins.add(login, "r2", { password: "x" }, async (holder, age) => holder !== "r1" || age > 0)).toBe(
      "r1",
    );
    expect(await logins.add(login, "r3", { password: "x" }, async () => true)).toBeUndefined();
    expect(await logins.verify(login, "x")).toBe("r3");
    expect(await logins.verify(login, "s3cret")).toBeUndefined();
  });

  it("may be taken again by their request", async () => {
    await logins.add(login, "r1", secrets, keep);
    expect(await logins.add(login, "r1", secrets, keep)).toBeUndefined();
    expect(await logins.verify(login, "s3cret")).toBe("r1");
  });

  it("have an activation key, which can be replaced", async () => {
    await logins.add(login, "r1", secrets, keep);
    expect(await logins.isActivationKey(login, "r1", secrets.activationKey)).toBe(true);
    expect(await logins.isActivationKey(login, "r1", "b".repeat(32))).toBe(false);
    expect(await logins.isActivationKey(login, "r2", secrets.activationKey)).toBe(false);
    const renewed = await logins.renewActivationKey(login, "r1");
    expect(renewed).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(await logins.isActivationKey(login, "r1", secrets.activationKey)).toBe(false);
    expect(await logins.isActivationKey(login, "r1", renewed ?? "")).toBe(true);
    expect(await logins.renewActivationKey(login, "r2")).toBeUndefined();
    expect(await logins.verify(login, "s3cret")).toBe("r1");
  });

  it("are released only by their own request", async () => {
    await logins.add(login, "r1", secrets, keep);
    await logins.release(login, "r2");
    expect(await logins.requests()).toEqual(["r1"]);
    expect((await logins.holderOf(login))?.request).toBe("r1");
    await logins.release(login, "r1");
    expect(await logins.holderOf(login)).toBeUndefined();
  });

  it("are stored with keyed hashes in place of secrets", async () => {
    await logins.add(login, "r1", secrets, keep);
    const stored = JSON.stringify(await (await buckets.open("provisioning", { maxBytes: 1e6 })).entries());
    expect(stored).not.toContain(secrets.password);
    expect(stored).not.toContain(secrets.activationKey);
    const other = new ProvisionLogins(buckets, sealerOf(randomBytes(32)), () => 1_000);
    expect(await other.verify(login, "s3cret")).toBeUndefined();
  });
});

it("the numbers of sessions grow by request, also with numbers of a bucket that was lost or is newer", async () => {
  const numbers: number[] = [];
  const begin = async (known?: number) => void numbers.push(await logins.beginSession("r1", known));
  await begin();
  await begin(1);
  expect(numbers).toEqual([1, 2]);
  await begin(70);
  await begin(70);
  await begin(73);
  expect(numbers.slice(2)).toEqual([73, 74, 75]);
  // As a gateway of an earlier release does.
  await (await buckets.open("provisioning", { maxBytes: 1e6 })).put(`session.${encodeToken("r1")}`, {});
  await begin(75);
  expect(numbers.at(-1)).toBeGreaterThan(75);
});

it("an activation key has 32 random characters", () => {
  const keys = Array.from({ length: 100 }, () => newActivationKey());
  for (const key of keys) expect(key).toMatch(/^[A-HJ-NP-Za-km-np-z2-9o]{32}$/);
  expect(new Set(keys).size).toBe(100);
});
