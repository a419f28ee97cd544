import { randomBytes } from "node:crypto";
import { memoryBackbone } from "@fleetlog/log";
import { beforeEach, describe, expect, it } from "vitest";
import { type DeviceCredentials, deviceCredentials } from "./device-credentials.ts";
import { sealerOf } from "./installation/sealer.ts";
import { devicePasswordHash } from "./login-credentials.ts";

const names = { clientId: "gw", userName: "line-1" };
const shown = { ...names, password: "correct horse" };
const named = { login: names, password: "correct horse" };
let backbone: ReturnType<typeof memoryBackbone>;
let credentials: DeviceCredentials;
beforeEach(() => {
  backbone = memoryBackbone();
  credentials = deviceCredentials(backbone.buckets, Date.now, {
    passwordHash: devicePasswordHash(sealerOf(randomBytes(32))),
  });
});

const isValid = async (device: string, proof: Awaited<ReturnType<DeviceCredentials["verifyLogin"]>>) =>
  proof !== undefined && (await credentials.check(device, proof));

describe("the log-in of a device of a dialect", () => {
  it("proves the device only by its names and password", async () => {
    await credentials.issueLogin("gw", "tpedm", named, "north");
    const proof = await credentials.verifyLogin("gw", shown);
    expect(proof).toMatchObject({ by: "login", dialect: "tpedm", account: "north" });
    expect(await isValid("gw", proof)).toBe(true);
    for (const wrong of [
      { ...shown, password: "wrong" },
      { ...shown, clientId: "other" },
      { ...shown, userName: "" },
    ]) {
      expect(await credentials.verifyLogin("gw", wrong)).toBeUndefined();
    }
    expect(await credentials.verifyLogin("nobody", shown)).toBeUndefined();
    expect(await credentials.verify("gw", "correct horse")).toBeUndefined();
    expect(await credentials.dialectOf("gw")).toBe("tpedm");
    await credentials.issue("n1");
    expect(await credentials.dialectOf("n1")).toBeUndefined();
    expect(await credentials.verifyLogin("n1", shown)).toBeUndefined();
  });

  it("stores no password", async () => {
    await credentials.issueLogin("gw", "tpedm", named);
    const entries = await (await backbone.buckets.open("credentials", { maxBytes: 1e6 })).entries();
    expect(JSON.stringify(entries)).toContain("line-1");
    expect(JSON.stringify(entries)).not.toContain("correct horse");
  });

  it("ends earlier proofs when it is changed, removed or revoked, and keeps the password if none is given", async () => {
    await credentials.issueLogin("gw", "tpedm", named);
    const before = await credentials.verifyLogin("gw", shown);
    expect(await credentials.setLogin("gw", { login: { ...names, userName: "line-2" } })).toBe(true);
    expect(await isValid("gw", before)).toBe(false);
    const changed = await credentials.verifyLogin("gw", { ...shown, userName: "line-2" });
    expect(await isValid("gw", changed)).toBe(true);
    await credentials.move("gw", "north");
    expect(await isValid("gw", changed)).toBe(false);
    const moved = await credentials.verifyLogin("gw", { ...shown, userName: "line-2" });
    await credentials.setLogin("gw", undefined);
    expect(await isValid("gw", moved)).toBe(false);
    await credentials.setLogin("gw", named);
    const last = await credentials.verifyLogin("gw", shown);
    await credentials.revoke("gw");
    expect(await isValid("gw", last)).toBe(false);
    expect(await credentials.verifyLogin("gw", shown)).toBeUndefined();
    expect(await credentials.setLogin("gw", named)).toBe(false);
  });

  it("proves the device by its address until the address is shared; earlier proofs stay valid", async () => {
    await credentials.issueLogin("edge", "edgebind", { login: { address: "192.0.2.7" } });
    const proof = await credentials.verifyAddress("edge", "192.0.2.7");
    expect(await credentials.verifyAddress("edge", "192.0.2.8")).toBeUndefined();
    await credentials.shareAddress("edge", "192.0.2.8");
    expect(await credentials.verifyAddress("edge", "192.0.2.7")).toBeDefined();
    await credentials.shareAddress("edge", "192.0.2.7");
    expect(await credentials.verifyAddress("edge", "192.0.2.7")).toBeUndefined();
    expect(await isValid("edge", proof)).toBe(true);
  });

  it("admits a connection as a device of its dialect until the device is revoked or registered anew", async () => {
    await credentials.issueLogin("edge", "edgebind", undefined);
    expect(await credentials.admit("edge", "tpedm")).toBeUndefined();
    expect(await credentials.admit("nobody", "edgebind")).toBeUndefined();
    const proof = await credentials.admit("edge", "edgebind");
    await credentials.setLogin("edge", { login: { address: "192.0.2.7" } });
    expect(await isValid("edge", proof)).toBe(true);
    await credentials.revoke("edge");
    expect(await isValid("edge", proof)).toBe(false);
    await credentials.issueLogin("edge", "edgebind", undefined);
    expect(await isValid("edge", proof)).toBe(false);
  });
});
