import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Buckets, memoryBackbone } from "@fleetlog/log";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { sealerOf } from "../installation/sealer.ts";
import { type AuthorityOptions, certificateAuthority } from "./authority.ts";
import { authorityCertificate } from "./certificates.ts";
import { type GivenAuthority, givenAuthority } from "./given.ts";
import { type KeyType, newKeys, pemOf, signerOf } from "./keys.ts";
import { OwnServerCertificates } from "./own-server-certificates.ts";

const DAY = 86_400_000;
const OVERLAP = 30 * DAY;
const sealer = sealerOf(Buffer.alloc(32, 7));
const folder = mkdtempSync(join(tmpdir(), "fleetlog-succession-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let buckets: Buckets;
let now: number;
beforeEach(() => {
  ({ buckets } = memoryBackbone());
  now = Date.now();
});

const node = (more: Partial<AuthorityOptions> = {}) =>
  certificateAuthority({ buckets, sealer, clock: () => now, overlapMs: OVERLAP, ...more });
const pems = (text: string) => text.split(/(?<=-----END [A-Z0-9 ]+-----\n)/);
const subjects = (chain: string) => pems(chain).map((pem) => new X509Certificate(pem).subject);
const issuerOf = (pem: string) => new X509Certificate(pem).issuer;

async function outside(name: string, type: KeyType = "RSA-2048", years = 5): Promise<GivenAuthority> {
  const { publicKey, privateKey } = await newKeys(type);
  const key = pemOf(privateKey);
  const signer = await signerOf(key);
  return givenAuthority([await authorityCertificate(name, publicKey, { signer, now, years })], key);
}

/** Changes the stored record to the form that an earlier release wrote. */
async function asEarlierRelease(): Promise<void> {
  const bucket = await buckets.open("authority", { maxBytes: 1e6 });
  const [entry] = await bucket.entries("authority");
  await bucket.put("authority", { ...(entry?.value as object), replaced: undefined });
}

/** What openssl says of the certificate, with these authorities and lists. */
function verify(pem: string, authorities: string, lists: string): string {
  const files = { "cert.pem": pem, "ca.pem": authorities, "crl.pem": lists };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const given = ["-CAfile", "ca.pem", "-CRLfile", "crl.pem", "-crl_check", "cert.pem"];
  try {
    return execFileSync("openssl", ["verify", ...given], { cwd: folder, stdio: "pipe" }).toString();
  } catch (error) {
    return String((error as { stderr: Buffer }).stderr);
  }
}

describe("replacing the authority", () => {
  it("issues by the new authority at once; servers and signed messages use the earlier one until it is withdrawn", async () => {
    const before = node({ given: await outside("Old") });
    const old = await before.issue("d1", { make: "P-256" });
    const after = node({ given: await outside("New") });
    const servers = new OwnServerCertificates(after, { names: () => ["gateway"], clock: () => now });
    const shown = async () => issuerOf((await servers.current())[0]?.certificate ?? "");
    const signer = (await newKeys()).publicKey;

    expect(subjects(await after.chain())).toEqual(["CN=New", "CN=Old"]);
    const issued = await after.issue("d1", { make: "P-256" });
    expect([old.issuer, issued.issuer]).toEqual(["CN=Old", "CN=New"]);
    expect(issued.ca).toBe(await after.chain());
    expect(await shown()).toBe("CN=Old");
    expect(issuerOf(await after.issueSigner(signer, DAY))).toBe("CN=Old");
    expect(await after.trusted()).toMatchObject([{}, { until: now + OVERLAP }]);
    const succession = { next: { subject: "CN=New" }, before: { subject: "CN=Old" }, renewed: false };
    expect(await after.successions()).toMatchObject([{ ...succession, withdrawn: false }]);

    now += 11_000;
    expect(await before.chain()).toBe(await after.chain());
    expect((await before.issue("d1", { make: "P-256" })).issuer).toBe("CN=New");

    now += OVERLAP;
    expect(subjects(await before.chain())).toEqual(["CN=New"]);
    expect(await shown()).toBe("CN=New");
    expect(issuerOf(await after.issueSigner(signer, DAY))).toBe("CN=New");
    expect(await after.trusted()).toHaveLength(1);
    expect(await before.successions()).toMatchObject([{ ...succession, withdrawn: true }]);
    expect((await before.successions())[0]?.next.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  it("works with the embedded authority; a replaced authority never comes back", async () => {
    const made = await node().chain();
    const [one, two] = [await outside("One"), await outside("Two", "P-256")];
    await node({ given: one }).chain();
    await node({ given: two }).chain();
    const onNews = vi.fn();
    const again = node({ given: one, onNews });
    expect(await again.chain()).toBe([two.chain, one.chain, made].flat().join(""));
    expect(onNews.mock.calls).toEqual([["ignored", "CN=One"]]);
    // Servers still use the embedded authority, because all devices have its root.
    const [server] = await again.issueServer(["gateway"], DAY);
    expect(issuerOf(server?.certificate ?? "")).toMatch(/^CN=Fleetlog devices/);
  });

  it("withdraws the earlier authority at once with an overlap of zero", async () => {
    await node({ given: await outside("Leaked") }).chain();
    const after = node({ given: await outside("New"), overlapMs: 0 });
    expect(subjects(await after.chain())).toEqual(["CN=New"]);
    expect(await after.trusted()).toHaveLength(1);
  });

  it("withdraws an earlier authority on request before its overlap ends, on other nodes at their next read, but never the present one", async () => {
    await node({ given: await outside("Leaked") }).chain();
    const [one, other] = [node({ given: await outside("New") }), node()];
    const [present, leaked] = await one.trusted();
    expect(await other.trusted()).toHaveLength(2);
    expect(await one.withdraw(present?.fingerprint ?? "", "ada")).toBeUndefined();
    expect(await one.issuing()).toMatchObject([{ state: "issuing" }, { state: "accepted", until: expect.any(String) }]);
    for (const by of ["ada", "bob"]) {
      expect(await one.withdraw(leaked?.fingerprint ?? "", by)).toMatchObject({ subject: "CN=Leaked" });
    }
    expect(await one.issuing()).toMatchObject([{ state: "issuing" }, { state: "withdrawn", withdrawnBy: "ada" }]);
    expect(await one.acceptedUntil(leaked?.fingerprint ?? "")).toBeUndefined();
    expect(await one.withdrawn()).toEqual([{ certificate: leaked?.certificate, fingerprint: leaked?.fingerprint }]);
    expect(subjects(await one.chain())).toEqual(["CN=New"]);
    expect(await one.successions()).toMatchObject([
      { before: { subject: "CN=Leaked" }, withdrawn: true, withdrawnBy: "ada" },
    ]);
    const third = node();
    expect(await third.trusted()).toHaveLength(1);
    expect(await other.trusted()).toHaveLength(2);
    await other.refresh();
    expect(await other.trusted()).toMatchObject([{ fingerprint: present?.fingerprint }]);
    expect(pems(await one.revocationList())).toHaveLength(2);
  });

  it("signs a revocation list of each issuer until the issuer expires", async () => {
    const before = node({ given: await outside("Old") });
    const old = await before.issue("d1", { make: "P-256" });
    const ca = await before.chain();
    const after = node({ given: await outside("New", "P-256"), overlapMs: 0 });
    const next = await after.issue("d1", { make: "P-256" });
    await after.listRevoked([old, next]);
    const lists = await after.revocationList();
    expect(pems(lists)).toHaveLength(2);
    const all = ca + (await after.chain());
    expect(verify(old.certificate, all, lists)).toMatch(/certificate revoked/);
    expect(verify(next.certificate, all, lists)).toMatch(/certificate revoked/);
    const good = (await after.issue("d2", { make: "P-256" })).certificate;
    expect(verify(good, all, lists)).toMatch(/: OK/);
    now += 6 * 365 * DAY;
    expect(pems(await after.revocationList())).toHaveLength(1);
  });

  it("lists an earlier issuer's certificates in an indirect list if that issuer's key is lost; its overlap begins at the first read", async () => {
    const before = node({ given: await outside("Old") });
    const old = await before.issue("d1", { make: "P-256" });
    const ca = await before.chain();
    await node({ given: await outside("New") }).chain();
    await asEarlierRelease();

    const after = node();
    expect(await after.trusted()).toMatchObject([{}, { certificate: ca, until: now + OVERLAP }]);
    await after.listRevoked([old]);
    expect(subjects(await after.chain())).toEqual(["CN=New", "CN=Old"]);
    const [, indirect = ""] = pems(await after.revocationList());
    writeFileSync(join(folder, "crl.pem"), indirect);
    writeFileSync(join(folder, "ca.pem"), await after.chain());
    const shown = execFileSync("openssl", ["crl", "-in", "crl.pem", "-noout", "-text"], { cwd: folder }).toString();
    expect(shown).toMatch(/Issuing Distribution Point: critical\s+Indirect CRL/);
    expect(shown.replaceAll(" ", "")).toMatch(/CertificateIssuer:critical\s+DirName:\/?CN=Old/);
    expect(shown.toLowerCase()).toContain(old.serial);
    const checked = ["crl", "-in", "crl.pem", "-noout", "-CAfile", "ca.pem"];
    expect(() => execFileSync("openssl", checked, { cwd: folder, stdio: "pipe" })).not.toThrow();
    const [server] = await after.issueServer(["gateway"], DAY);
    expect(issuerOf(server?.certificate ?? "")).toBe("CN=New");
  });

  it("works with the record of an earlier release", async () => {
    for (const name of ["One", "Two"]) await node({ given: await outside(name, "P-256") }).chain();
    await asEarlierRelease();
    const three = node({ given: await outside("Three", "P-256") });
    expect(subjects(await three.chain())).toEqual(["CN=Three", "CN=Two", "CN=One"]);
  });

  it("is not needed for the same issuing certificate with a longer chain", async () => {
    const { publicKey, privateKey } = await newKeys("RSA-2048");
    const [rootKeys, key] = [await newKeys("RSA-2048"), pemOf(privateKey)];
    const signer = await signerOf(pemOf(rootKeys.privateKey));
    const root = await authorityCertificate("Root", rootKeys.publicKey, { signer, now, years: 5 });
    const issuing = await authorityCertificate("Devices", publicKey, { signer, now, years: 5, issuer: root });
    await node({ given: givenAuthority([issuing], key) }).chain();
    const whole = node({ given: givenAuthority([issuing, root], key) });
    expect(await whole.chain()).toBe(issuing + root);
    expect(await whole.trusted()).toHaveLength(1);
    // An issuing certificate does not last longer than its root.
    expect(await whole.ends()).toEqual({
      subject: "CN=Devices",
      at: Math.floor((now + 5 * 365 * DAY) / 1_000) * 1_000,
    });
  });
});

describe("the embedded intermediate", () => {
  it("is renewed by the same root on all nodes when a third of its lifetime is left", async () => {
    const onNews = vi.fn();
    const [first, second] = [node({ onNews }), node({ onNews })];
    const [before, root] = pems(await first.chain());
    const old = await second.issue("d1", { make: "P-256" });
    expect(await first.ends()).toMatchObject({ subject: expect.stringMatching(/^CN=Fleetlog root/) });
    now += 6 * 365 * DAY;
    expect(await first.chain()).toBe(`${before}${root}`);
    now += 365 * DAY;
    const chains = await Promise.all([first.chain(), second.chain()]);
    expect(chains[0]).toBe(chains[1]);
    const [renewed = "", above] = pems(chains[0]);
    expect([renewed === before, above]).toEqual([false, root]);
    expect(onNews.mock.calls.map(([news]) => news)).toEqual(["made", "renewed"]);
    expect((await first.trusted()).map(({ certificate }) => certificate)).toEqual([renewed, before]);
    expect(await second.successions()).toMatchObject([{ renewed: true, withdrawn: false }]);
    const [server] = await second.issueServer(["gateway"], DAY);
    expect(issuerOf(server?.certificate ?? "")).toBe(new X509Certificate(renewed).subject);

    await first.listRevoked([{ ...old, notAfter: new Date(now + DAY).toISOString() }]);
    const lists = pems(await second.revocationList());
    expect(lists).toHaveLength(2);
    now += 4 * 365 * DAY;
    expect(await first.trusted()).toHaveLength(1);
    expect(pems(await first.revocationList())).toHaveLength(1);
  });

  it("is not renewed beyond its root's end", async () => {
    const authority = node();
    now += 7 * 365 * DAY;
    await authority.chain();
    now += 7 * 365 * DAY;
    const last = await authority.chain();
    now += 4 * 365 * DAY;
    expect(await authority.chain()).toBe(last);
  });
});
