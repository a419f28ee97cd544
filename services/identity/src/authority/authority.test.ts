import { execFileSync } from "node:child_process";
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  webcrypto,
  X509Certificate,
} from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryBackbone } from "@fleetlog/log";
import { afterAll, describe, expect, it } from "vitest";
import { sealerOf } from "../installation/sealer.ts";
import { certificateAuthority } from "./authority.ts";
import { givenAuthority } from "./given.ts";
import { pemOf } from "./keys.ts";
import * as x509 from "./x509.ts";

const { buckets } = memoryBackbone();
const sealer = sealerOf(randomBytes(32));
const authority = certificateAuthority({ buckets, sealer });
const folder = mkdtempSync(join(tmpdir(), "fleetlog-authority-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const certificatesIn = (chain: string) =>
  chain.split(/(?<=-----END CERTIFICATE-----\n)/).map((pem) => new X509Certificate(pem));

async function requestFor(
  name: string,
  algorithm: webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams = { name: "ECDSA", namedCurve: "P-256" },
) {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const signingAlgorithm = { ...algorithm, hash: "SHA-256" } as never;
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name, keys: keys as never, signingAlgorithm });
  return request.toString("pem");
}

describe("the certificate authority", () => {
  it("has the same root and intermediate on all nodes", async () => {
    const chain = await certificateAuthority({ buckets, sealer }).chain();
    expect(chain).toBe(await authority.chain());
    const [intermediate, root] = certificatesIn(chain) as [X509Certificate, X509Certificate];
    expect(root.verify(root.publicKey) && intermediate.verify(root.publicKey)).toBe(true);
    expect([root.ca, intermediate.ca]).toEqual([true, true]);
  });

  it("is made once if two nodes start at the same time", async () => {
    const shared = memoryBackbone().buckets;
    const nodes = [1, 2, 3].map(() => certificateAuthority({ buckets: shared, sealer }));
    const chains = await Promise.all(nodes.map((node) => node.chain()));
    expect(new Set(chains).size).toBe(1);
  });

  it("keeps its keys sealed", async () => {
    const stored = await (await buckets.open("authority", { maxBytes: 1e6 })).entries();
    expect(JSON.stringify(stored)).not.toMatch(/PRIVATE KEY/);
    const other = certificateAuthority({ buckets, sealer: sealerOf(randomBytes(32)) });
    await expect(other.chain()).rejects.toMatchObject({ code: "internal" });
  });

  it.each(["P-256", "RSA-2048"] as const)("issues a device certificate and its new key: %s", async (make) => {
    const { certificate, key = "", serial, issuer, notAfter } = await authority.issue("pump-1", { make });
    const issued = new X509Certificate(certificate);
    const [intermediate] = certificatesIn(await authority.chain());
    expect(issued.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(issued.verify(intermediate?.publicKey ?? createPublicKey(key))).toBe(true);
    expect(issued).toMatchObject({ subject: "CN=pump-1", ca: false, keyUsage: ["1.3.6.1.5.5.7.3.2"] });
    expect(issued.serialNumber.toLowerCase()).toBe(serial);
    expect(serial).toMatch(/^[0-9a-f]{32}$/);
    expect(issued.issuer).toBe(issuer);
    expect(issued.validToDate.toISOString()).toBe(notAfter);
  });

  it("issues a certificate for a signing request, without a private key", async () => {
    const csr = await requestFor("CN=pump-1");
    const { certificate, key } = await authority.issue("pump-1", { csr });
    expect(key).toBeUndefined();
    expect(new X509Certificate(certificate).subject).toBe("CN=pump-1");
  });

  it("refuses a signing request with another subject, a weak key or a wrong signature, or without PEM", async () => {
    const good = await requestFor("CN=pump-1");
    const body = Buffer.from(good.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
    body[body.length - 1] = (body[body.length - 1] ?? 0) ^ 1;
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${body.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
    const weak = await requestFor("CN=pump-1", {
      name: "RSASSA-PKCS1-v1_5",
      modulusLength: 1_024,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: "SHA-256",
    });
    const others = [await requestFor("CN=pump-2"), await requestFor("CN=pump-1, O=x"), await requestFor("")];
    for (const csr of [...others, forged, weak, "", "nonsense", "x".repeat(9_000)]) {
      await expect(authority.issue("pump-1", { csr })).rejects.toMatchObject({ code: "invalid-request", field: "csr" });
    }
  });

  it("lists revoked certificates until they expire; openssl accepts the list", async () => {
    const issued = await authority.issue("pump-2", { make: "P-256" });
    await authority.listRevoked([issued, { ...issued, serial: "7f01", notAfter: "2020-01-01T00:00:00.000Z" }]);
    writeFileSync(join(folder, "ca.pem"), await authority.chain());
    writeFileSync(join(folder, "crl.pem"), await authority.revocationList());
    writeFileSync(join(folder, "cert.pem"), issued.certificate);
    const text = execFileSync("openssl", ["crl", "-in", "crl.pem", "-noout", "-text"], { cwd: folder }).toString();
    expect(text.toLowerCase()).toContain(issued.serial);
    expect(text.toLowerCase()).not.toContain("7f01");
    const verify = ["verify", "-CAfile", "ca.pem", "-CRLfile", "crl.pem", "-crl_check", "cert.pem"];
    expect(() => execFileSync("openssl", verify, { cwd: folder, stdio: "pipe" })).toThrow(/revoked/);
  });

  it("refuses a key that is not of the first certificate", async () => {
    const wrong = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const [first = ""] = certificatesIn(await authority.chain()).map(String);
    expect(() => givenAuthority([first], pemOf(wrong))).toThrow(/not the key/);
  });

  it("issues an EC and an RSA server certificate for host names and IP addresses", async () => {
    const issued = await authority.issueServer(["fleet.example", "127.0.0.1"], 3_600_000);
    const [ecdsa, rsa] = issued.map(({ certificate }) => new X509Certificate(certificate));
    expect([ecdsa, rsa].map((one) => one?.publicKey.asymmetricKeyType)).toEqual(["ec", "rsa"]);
    expect(ecdsa?.checkHost("fleet.example")).toBe("fleet.example");
    expect(rsa?.checkIP("127.0.0.1")).toBe("127.0.0.1");
  });
});
