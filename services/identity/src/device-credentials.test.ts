import { type Backbone, memoryBackbone } from "@fleetlog/log";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DeviceCredentials, deviceCredentials } from "./device-credentials.ts";

let backbone: Backbone;
let credentials: DeviceCredentials;
let now: number;

beforeEach(() => {
  backbone = memoryBackbone();
  now = 1_000_000;
  credentials = deviceCredentials(backbone.buckets, () => now);
});
afterEach(() => backbone.close());

const stored = async () => (await backbone.buckets.open("credentials", { maxBytes: 1024 ** 3 })).entries();

describe("deviceCredentials", () => {
  it("accepts the device's own token only", async () => {
    const token = await credentials.issue("pump-1");
    const other = await credentials.issue("pump-2");

    expect(token).toMatch(/^fld_cHVtcC0x\.[A-Za-z0-9_-]{43}$/);
    expect(await credentials.verify("pump-1", token)).toEqual({ by: "token", revision: expect.any(Number) });
    for (const wrong of [other, `${token}x`, token.slice(0, -1), token.toUpperCase(), ""]) {
      expect(await credentials.verify("pump-1", wrong)).toBeUndefined();
    }
  });

  it("keeps a hash of the token, never the token", async () => {
    const token = await credentials.issue("pump-1");

    const entries = await stored();
    expect(entries).toHaveLength(1);
    expect(JSON.stringify(entries)).not.toContain(token.slice(4));
    expect(entries[0]?.value).toEqual({ status: "valid", hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it("invalidates the old token and its proof when a new one is issued", async () => {
    const old = await credentials.issue("pump-1");
    const proof = await credentials.verify("pump-1", old);
    if (proof === undefined) throw new Error("no proof");
    expect(await credentials.check("pump-1", proof)).toBe(true);

    const token = await credentials.issue("pump-1");

    expect(await credentials.verify("pump-1", old)).toBeUndefined();
    expect(await credentials.check("pump-1", proof)).toBe(false);
    expect(await credentials.verify("pump-1", token)).toBeDefined();
  });

  it("keeps the entry of a revoked credential", async () => {
    const token = await credentials.issue("pump-1");
    const proof = await credentials.verify("pump-1", token);
    if (proof === undefined) throw new Error("no proof");

    await credentials.revoke("pump-1");

    expect(await credentials.verify("pump-1", token)).toBeUndefined();
    expect(await credentials.check("pump-1", proof)).toBe(false);
    expect(await stored()).toMatchObject([{ value: { status: "revoked" } }]);
  });

  it("accepts a registered device's certificate, even after a token rotation, until a revocation", async () => {
    const proof = { by: "certificate" } as const;
    expect(await credentials.verifyCertificate("pump-1")).toBeUndefined();
    await credentials.issue("pump-1");
    expect(await credentials.verifyCertificate("pump-1")).toEqual(proof);
    await credentials.rotate("pump-1");
    expect(await credentials.check("pump-1", proof)).toBe(true);

    await credentials.revoke("pump-1");
    expect(await credentials.verifyCertificate("pump-1")).toBeUndefined();
    expect(await credentials.check("pump-1", proof)).toBe(false);

    await credentials.issue("pump-1");
    expect(await credentials.verifyCertificate("pump-1")).toEqual(proof);
  });

  it("refuses a certificate at log-in once its issuing certificate is withdrawn, whatever TLS has accepted", async () => {
    let accepted: number | undefined = now + 10;
    const authority = { acceptedUntil: async () => accepted };
    credentials = deviceCredentials(backbone.buckets, () => now, { authority });
    await credentials.issue("pump-1");
    const certificate = { serial: "0a", issuer: "CN=Plant", notAfter: new Date(now + 60_000).toISOString() };
    await credentials.addCertificate("pump-1", certificate);
    const shown = { serial: "0a", issuer: "CN=Plant", own: true, issuedBy: "f1" } as const;
    expect(await credentials.verifyCertificate("pump-1", shown)).toMatchObject({ by: "certificate", serial: "0a" });
    now += 10;
    expect(await credentials.verifyCertificate("pump-1", shown)).toBeUndefined();
    accepted = undefined;
    expect(await credentials.verifyCertificate("pump-1", shown)).toBeUndefined();
  });

  it("restores a revoked device's access when a token is issued, but not by rotation", async () => {
    await credentials.issue("pump-1");
    await credentials.revoke("pump-1");

    expect(await credentials.rotate("pump-1")).toBeUndefined();
    expect(await credentials.rotate("never-seen")).toBeUndefined();

    const token = await credentials.issue("pump-1");
    expect(await credentials.verify("pump-1", token)).toBeDefined();
  });

  it("has one valid token after concurrent rotations", async () => {
    const first = await credentials.issue("pump-1");
    const rotated = await Promise.all([credentials.rotate("pump-1"), credentials.rotate("pump-1")]);

    const proofs = await Promise.all([first, ...rotated].map((token) => credentials.verify("pump-1", token ?? "")));
    expect(proofs.filter((proof) => proof !== undefined)).toHaveLength(1);
    expect(proofs[0]).toBeUndefined();
  });

  it("accepts a replaced token and its proof until the given time, and only the newest two tokens", async () => {
    const first = await credentials.issue("pump-1");
    const proof = await credentials.verify("pump-1", first);
    if (proof === undefined) throw new Error("no proof");
    const second = (await credentials.rotate("pump-1", now + 600)) ?? "";

    expect(await credentials.verify("pump-1", first)).toEqual(proof);
    expect(await credentials.validUntil("pump-1", proof)).toBe(1_000_600);
    const newer = await credentials.verify("pump-1", second);
    if (newer === undefined) throw new Error("no proof");
    expect(newer).not.toEqual(proof);
    expect(await credentials.validUntil("pump-1", newer)).toBe(Number.POSITIVE_INFINITY);

    const restarted = deviceCredentials(backbone.buckets, () => now);
    expect(await restarted.check("pump-1", proof)).toBe(true);

    const third = (await credentials.rotate("pump-1", now + 9_000)) ?? "";
    expect(await credentials.verify("pump-1", first)).toBeUndefined();
    expect(await credentials.check("pump-1", proof)).toBe(false);
    expect(await credentials.verify("pump-1", second)).toEqual(newer);
    now += 9_000;
    expect(await credentials.verify("pump-1", second)).toBeUndefined();
    expect(await credentials.validUntil("pump-1", newer)).toBeUndefined();
    expect(await credentials.verify("pump-1", third)).toBeDefined();
  });

  it("ends both tokens by a revocation, and by a rotation without an overlap", async () => {
    const first = await credentials.issue("pump-1");
    const second = (await credentials.rotate("pump-1", now + 600)) ?? "";
    const third = (await credentials.rotate("pump-1")) ?? "";
    for (const token of [first, second]) expect(await credentials.verify("pump-1", token)).toBeUndefined();
    const fourth = (await credentials.rotate("pump-1", now + 600)) ?? "";
    await credentials.revoke("pump-1");
    for (const token of [third, fourth]) expect(await credentials.verify("pump-1", token)).toBeUndefined();
    await credentials.issue("pump-1");
    for (const token of [third, fourth]) expect(await credentials.verify("pump-1", token)).toBeUndefined();
  });

  it("refuses invalid device ids", async () => {
    const token = await credentials.issue("pump-1");
    for (const id of ["", "*", ">", "pump.1", "pump 1", "../pump-1", "ä", "x".repeat(200)]) {
      expect(await credentials.verify(id, token)).toBeUndefined();
      expect(await credentials.verifyCertificate(id)).toBeUndefined();
      expect(await credentials.check(id, { by: "token", revision: 1 })).toBe(false);
      await expect(credentials.issue(id)).rejects.toMatchObject({ code: "invalid-request", field: "id" });
      await expect(credentials.revoke(id)).rejects.toMatchObject({ code: "invalid-request" });
    }
  });

  it("distinguishes the ids aa:bb, AA:BB and aa-bb", async () => {
    const token = await credentials.issue("aa:bb");
    await credentials.issue("AA:BB");
    await credentials.issue("aa-bb");

    expect(await credentials.verify("aa:bb", token)).toBeDefined();
    expect(await credentials.verify("AA:BB", token)).toBeUndefined();
    expect(await credentials.verify("aa-bb", token)).toBeUndefined();
  });

  it("ignores an unreadable entry", async () => {
    const bucket = await backbone.buckets.open("credentials", { maxBytes: 1024 ** 3 });
    await bucket.put("device.pump-1", { status: "valid" });
    expect(await credentials.verify("pump-1", "fld_x")).toBeUndefined();
    expect(await credentials.check("pump-1", { by: "token", revision: 1 })).toBe(false);
  });

  it("ends proofs but keeps tokens when the device moves to another account", async () => {
    const old = await credentials.issue("pump-1");
    const token = (await credentials.rotate("pump-1", Date.now() + 60_000)) ?? "";
    const proofs = await Promise.all([
      credentials.verify("pump-1", old),
      credentials.verify("pump-1", token),
      credentials.verifyCertificate("pump-1"),
    ]);
    await credentials.move("pump-1", "north");
    const revision = (await stored())[0]?.revision;
    await credentials.move("pump-1", "north");
    expect((await stored())[0]?.revision).toBe(revision);
    for (const proof of proofs) {
      if (proof === undefined) throw new Error("no proof");
      expect(proof.account).toBeUndefined();
      expect(await credentials.check("pump-1", proof)).toBe(false);
    }
    for (const valid of [old, token]) {
      const proof = await credentials.verify("pump-1", valid);
      expect(proof).toMatchObject({ by: "token", account: "north" });
      expect(proof && (await credentials.check("pump-1", proof))).toBe(true);
    }
    await credentials.rotate("pump-1");
    expect(await credentials.verifyCertificate("pump-1")).toEqual({ by: "certificate", account: "north" });
    await credentials.revoke("pump-1");
    await credentials.move("pump-1", "main");
    expect(await credentials.statusOf("pump-1")).toBe("revoked");
  });

  it("accepts a certificate of the own authority while its serial is recorded, until it expires", async () => {
    const token = await credentials.issue("pump-1");
    const byToken = await credentials.verify("pump-1", token);
    const own = { serial: "4a01", issuer: "CN=ours", own: true } as const;
    const certificate = { serial: "4a01", issuer: "CN=ours", notAfter: new Date(now + 1_000).toISOString() };
    expect(await credentials.verifyCertificate("pump-1", own)).toBeUndefined();
    expect(await credentials.addCertificate("pump-1", certificate)).toBe(true);
    const proof = await credentials.verifyCertificate("pump-1", own);
    expect(proof).toEqual({ by: "certificate", ...own });
    expect(await credentials.validUntil("pump-1", proof ?? { by: "certificate" })).toBe(now + 1_000);
    expect(await credentials.check("pump-1", byToken ?? { by: "certificate" })).toBe(true);
    await credentials.rotate("pump-1");
    expect(await credentials.certificates("pump-1")).toEqual([certificate]);
    now += 1_000;
    expect(await credentials.verifyCertificate("pump-1", own)).toBeUndefined();
    expect(await credentials.certificates("pump-1")).toEqual([]);
  });

  it("ends one certificate when it is removed, and all for ever when the device is revoked", async () => {
    await credentials.issue("pump-1");
    const notAfter = new Date(now + 1e6).toISOString();
    const [first, second] = ["4a01", "4a02"].map((serial) => ({ serial, issuer: "CN=ours", notAfter }));
    for (const one of [first, second]) if (one !== undefined) await credentials.addCertificate("pump-1", one);
    const shown = (serial: string) => ({ serial, issuer: "CN=ours", own: true });
    const proof = await credentials.verifyCertificate("pump-1", shown("4a01"));
    expect(await credentials.removeCertificate("pump-1", "4a01")).toEqual(first);
    expect(await credentials.removeCertificate("pump-1", "4a01")).toBeUndefined();
    expect(proof && (await credentials.check("pump-1", proof))).toBe(false);
    expect(await credentials.verifyCertificate("pump-1", shown("4a02"))).toBeDefined();
    expect(await credentials.revoke("pump-1")).toEqual([second]);
    await credentials.issue("pump-1");
    expect(await credentials.verifyCertificate("pump-1", shown("4a02"))).toBeUndefined();
  });

  it("refuses a 17th valid certificate of a device", async () => {
    await credentials.issue("pump-1");
    const notAfter = new Date(now + 1e6).toISOString();
    const add = (serial: string) => credentials.addCertificate("pump-1", { serial, issuer: "CN=ours", notAfter });
    for (let i = 0; i < 16; i++) expect(await add(`${i}`)).toBe(true);
    await expect(add("16")).rejects.toMatchObject({ code: "limit-reached" });
  });
});
