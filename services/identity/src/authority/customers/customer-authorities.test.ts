import { randomBytes, sign, webcrypto, X509Certificate } from "node:crypto";
import { memoryBackbone } from "@fleetlog/log";
import { describe, expect, it } from "vitest";
import { deviceCredentials } from "../../device-credentials.ts";
import { sealerOf } from "../../installation/sealer.ts";
import { authorityCertificate, deviceCertificate, revocationList } from "../certificates.ts";
import { newKeys, pemOf, signerOf } from "../keys.ts";
import * as x509 from "../x509.ts";
import { mustPossess, readAuthority } from "./certificate.ts";
import { RegistrationCodes } from "./codes.ts";
import { CustomerAuthorities } from "./customer-authorities.ts";
import { readRevocationList } from "./revocations.ts";

const NOW = Date.now();
const YEAR = 365 * 86_400_000;
const refused = (field: string) => ({ code: "invalid-request", field });

async function customer(name = "Plant CA", type: "P-256" | "RSA-2048" = "P-256") {
  const { publicKey, privateKey } = await newKeys(type);
  const signer = await signerOf(pemOf(privateKey));
  const certificate = await authorityCertificate(name, publicKey, { signer, now: NOW, years: 1 });
  const issue = async (device: string, now = NOW) => {
    const keys = await newKeys();
    const content = { device, publicKey: keys.publicKey, now, lifetimeMs: YEAR };
    return new X509Certificate(await deviceCertificate({ certificate, signer }, content));
  };
  const list = (serials: readonly string[]) => {
    const revoked = serials.map((serial) => ({ serial, at: new Date(NOW).toISOString() }));
    return revocationList({ certificate, signer }, revoked, { now: NOW, lifetimeMs: YEAR });
  };
  return { certificate, privateKey, issue, list, given: readAuthority(certificate, NOW) };
}

async function selfSigned(
  extensions: x509.Extension[],
  algorithm: object = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
): Promise<string> {
  const keys = (await webcrypto.subtle.generateKey(algorithm as webcrypto.EcKeyGenParams, true, [
    "sign",
    "verify",
  ])) as never;
  const validity = { notBefore: new Date(NOW - YEAR / 2), notAfter: new Date(NOW + YEAR) };
  const options = { name: "CN=Some CA", keys, signingAlgorithm: algorithm as never, extensions, ...validity };
  return (await x509.X509CertificateGenerator.createSelfSigned(options)).toString("pem");
}
const isAuthority = new x509.BasicConstraintsExtension(true, undefined, true);
const maySign = new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true);

describe("the certificate of an authority", () => {
  it("is identified by its key", async () => {
    const { certificate, given } = await customer();
    expect(given).toMatchObject({ subject: "CN=Plant CA", id: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(given.fingerprint).toBe(new X509Certificate(certificate).fingerprint256.replaceAll(":", "").toLowerCase());
    expect((await customer()).given.id).not.toBe(given.id);
  });

  it("is refused if it can't sign, is not valid now, has a weak key, or is not exactly one PEM certificate", async () => {
    const { certificate, issue } = await customer();
    const rsa = { name: "RSASSA-PKCS1-v1_5", modulusLength: 1_024, publicExponent: new Uint8Array([1, 0, 1]) };
    const usage = new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true);
    const wrong = [
      (await issue("d1")).toString(),
      await selfSigned([maySign]),
      await selfSigned([isAuthority, usage]),
      await selfSigned([isAuthority, maySign], { ...rsa, hash: "SHA-256" }),
      certificate + certificate,
      certificate.slice(0, 200),
      "",
      "x".repeat(20_000),
    ];
    for (const pem of wrong)
      expect(() => readAuthority(pem, NOW), pem).toThrow(expect.objectContaining(refused("certificate")));
    for (const at of [NOW + 2 * YEAR, NOW - YEAR])
      expect(() => readAuthority(certificate, at)).toThrow(expect.objectContaining(refused("certificate")));
    for (const extensions of [[isAuthority, maySign], [isAuthority]])
      expect(readAuthority(await selfSigned(extensions), NOW).subject).toBe("CN=Some CA");
  });
});

describe("possession of an authority's key", () => {
  it.each(["P-256", "RSA-2048"] as const)(
    "is proved by a signature of the code, or a certificate with the code as common name: %s",
    async (type) => {
      const { given, issue, privateKey } = await customer("Plant CA", type);
      const signature = sign("sha256", Buffer.from("fl-code"), privateKey).toString("base64");
      mustPossess(given, "fl-code", { signature });
      mustPossess(given, "fl-code", { verification: (await issue("fl-code")).toString() });
      const other = await customer("Plant CA", type);
      const wrong = [
        { signature: sign("sha256", Buffer.from("fl-other"), privateKey).toString("base64") },
        { signature: sign("sha256", Buffer.from("fl-code"), other.privateKey).toString("base64") },
        { signature: "" },
        { verification: (await issue("fl-other")).toString() },
        { verification: (await other.issue("fl-code")).toString() },
        { verification: "nonsense" },
      ];
      for (const proof of wrong)
        expect(() => mustPossess(given, "fl-code", proof)).toThrow(
          expect.objectContaining(refused("signature" in proof ? "signature" : "verification")),
        );
    },
  );

  it("is proved with a code that any node accepts for one account and one day", () => {
    let now = NOW;
    const sealer = sealerOf(randomBytes(32));
    const codes = new RegistrationCodes(sealer, () => now);
    const { code, until } = codes.make("north");
    expect(code.length).toBeLessThanOrEqual(64);
    new RegistrationCodes(sealer, () => now).mustBeOf("north", code);
    const check = (account: string, given: string) => () => codes.mustBeOf(account, given);
    expect(check("south", code)).toThrow(expect.objectContaining(refused("code")));
    expect(
      check(
        "north",
        code.replace(/.$/, (last) => (last === "A" ? "B" : "A")),
      ),
    ).toThrow();
    expect(check("north", "fl-zzz")).toThrow(expect.objectContaining(refused("code")));
    now = until;
    expect(check("north", code)).toThrow(/expired/);
  });
});

describe("the revocation list of an authority", () => {
  it("is refused without the authority's signature", async () => {
    const [authority, other] = [await customer(), await customer()];
    const list = await readRevocationList(await authority.list(["4f00aa"]), authority);
    expect(list).toMatchObject({ serials: ["4f00aa"], nextUpdate: expect.any(String) });
    for (const wrong of [await other.list(["4f00aa"]), "nonsense"])
      await expect(readRevocationList(wrong, authority)).rejects.toMatchObject(refused("list"));
  });
});

describe("a certificate of a customer's authority", () => {
  const members = new Set(["d1"]);
  const { buckets } = memoryBackbone();
  const node = () =>
    new CustomerAuthorities({
      buckets,
      sealer: sealerOf(randomBytes(32)),
      clock: () => NOW,
      isMember: async (_group, { device }) => members.has(device),
    });
  const record = (certificate: string, account: string, group?: string) => ({
    ...{ name: "Plant", account, certificate, addedAt: new Date(NOW).toISOString(), addedBy: "ann" },
    ...(group !== undefined && { group }),
  });

  it("is accepted for registered devices of the authority's account only, until it expires", async () => {
    const authorities = node();
    const { certificate, given, issue } = await customer();
    await authorities.add(given.id, record(certificate, "north"));
    expect(await authorities.refresh()).toBe(true);
    expect(await authorities.refresh()).toBe(false);
    const shown = await issue("n1");
    expect(authorities.issuerOf(shown)?.id).toBe(given.id);
    expect(authorities.issuerOf(await (await customer()).issue("n1"))).toBeUndefined();
    const credentials = deviceCredentials(buckets, () => NOW, { customers: authorities });
    await credentials.issue("n1", "north");
    await credentials.issue("m1");
    const presented = { serial: shown.serialNumber.toLowerCase(), issuer: "CN=Plant CA", own: false } as const;
    const of = { ...presented, authority: given.id, until: NOW + 1_000 };
    const proof = await credentials.verifyCertificate("n1", of);
    expect(proof).toMatchObject({ by: "certificate", authority: given.id, account: "north" });
    expect(await credentials.verifyCertificate("m1", of)).toBeUndefined();
    expect(await credentials.verifyCertificate("n2", of)).toBeUndefined();
    expect(await credentials.verifyCertificate("n1", { ...of, until: NOW })).toBeUndefined();
    if (proof === undefined) throw new Error("it does not count");
    expect(await credentials.validUntil("n1", proof)).toBe(NOW + 1_000);
    // Without the authorities, no such certificate is accepted.
    expect(await deviceCredentials(buckets).verifyCertificate("n1", of)).toBeUndefined();
    await node().end(given.id);
    expect(await credentials.validUntil("n1", proof)).toBeUndefined();
    expect(await authorities.refresh()).toBe(true);
    expect(authorities.issuerOf(shown)).toBeUndefined();
  });

  it("is accepted only for devices that are in the authority's group now", async () => {
    const authorities = node();
    const { certificate, given } = await customer();
    await authorities.add(given.id, record(certificate, "main", "roof"));
    const allows = (device: string) => authorities.allows(given.id, "01", { device, account: "main" });
    expect([await allows("d1"), await allows("d2")]).toEqual([true, false]);
    members.delete("d1");
    expect(await allows("d1")).toBe(false);
  });

  it("ends when the authority revokes it, even on nodes that have not read the list yet", async () => {
    const [here, there] = [node(), node()];
    const { certificate, given, list } = await customer();
    await here.add(given.id, record(certificate, "main"));
    const allows = (serial: string) => there.allows(given.id, serial, { device: "d9", account: "main" });
    expect(await allows("004f00aa")).toBe(true);
    const found = await here.find(given.id);
    if (found === undefined) throw new Error("it is not stored");
    const read = await readRevocationList(await list(["4f00aa"]), found);
    expect(await here.setList(found, read)).toBe(true);
    expect(await here.setList(found, read)).toBe(false);
    expect([await allows("004f00aa"), await allows("4f00ab")]).toEqual([false, true]);
  });

  it("is checked against one list if two lists are stored at the same moment", async () => {
    const [here, there] = [node(), node()];
    const { certificate, given, list } = await customer();
    await here.add(given.id, record(certificate, "main"));
    const found = await here.find(given.id);
    if (found === undefined) throw new Error("it is not stored");
    const serials = ["4f00aa", "4f00ab"];
    const lists = await Promise.all(serials.map(async (one) => readRevocationList(await list([one]), found)));
    const stored = await Promise.all(lists.map((one, i) => (i === 0 ? here : there).setList(found, one)));
    expect(stored.filter(Boolean)).toHaveLength(1);
    const allows = (serial: string) => node().allows(given.id, serial, { device: "d9", account: "main" });
    expect(await Promise.all(serials.map(allows))).toEqual(stored.map((won) => !won));
    const now = await here.find(given.id);
    expect(await here.revoked(found)).toEqual(new Set());
    expect(now && (await here.revoked(now))).toEqual(new Set([serials[stored.indexOf(true)]]));
  });

  it("is checked against a list that an earlier release stored", async () => {
    const { certificate, given } = await customer();
    const bucket = await buckets.open("authority", { maxBytes: 1_000_000 });
    await bucket.put(`customer-list.${given.id}`, { serials: ["4f00aa"] });
    const old = { ...record(certificate, "main"), list: { revoked: 1, thisUpdate: new Date(NOW).toISOString() } };
    await node().add(given.id, old);
    const allows = (serial: string) => node().allows(given.id, serial, { device: "d9", account: "main" });
    expect([await allows("4f00aa"), await allows("4f00ab")]).toEqual([false, true]);
  });
});
