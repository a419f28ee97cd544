import { execFileSync } from "node:child_process";
import { createPublicKey, randomBytes, verify, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryBackbone } from "@fleetlog/log";
import { describe, expect, it } from "vitest";
import { sealerOf } from "../installation/sealer.ts";
import { certificateAuthority } from "./authority.ts";
import { messageSigner } from "./message-signer.ts";

const { buckets } = memoryBackbone();
let now = Date.parse("2026-11-28T12:00:00Z");
const clock = () => now;
const authority = certificateAuthority({ buckets, sealer: sealerOf(randomBytes(32)), clock });
const decoded = (part = "") => JSON.parse(Buffer.from(part, "base64url").toString());

describe("a signed message", () => {
  it("is a compact JWS with ES256 and the whole chain", async () => {
    const jws = await messageSigner(authority, clock).sign({ hello: "wörld" });
    const [header = "", payload = "", signature = ""] = jws.split(".");
    expect(decoded(payload)).toEqual({ hello: "wörld" });
    const { alg, x5c } = decoded(header) as { alg: string; x5c: string[] };
    expect(alg).toBe("ES256");
    const chain = x5c.map((der) => new X509Certificate(Buffer.from(der, "base64")));
    expect(chain.slice(1).map(({ fingerprint256 }) => fingerprint256)).toEqual(
      (await authority.chain())
        .split(/(?<=-----END CERTIFICATE-----\n)/)
        .map((pem) => new X509Certificate(pem).fingerprint256),
    );
    const key = { key: createPublicKey(chain[0]?.publicKey.export({ format: "pem", type: "spki" }) ?? "") };
    const signed = Buffer.from(`${header}.${payload}`);
    expect(verify("sha256", signed, { ...key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"))).toBe(
      true,
    );
    expect(Buffer.from(signature, "base64url")).toHaveLength(64);
  });

  it("has a chain that openssl accepts for signing code, but not for TLS", async () => {
    const [header] = (await messageSigner(authority, clock).sign({})).split(".");
    const x5c = (decoded(header) as { x5c: string[] }).x5c;
    const [leaf = "", issuing = "", root = ""] = x5c.map((der) =>
      new X509Certificate(Buffer.from(der, "base64")).toString(),
    );
    const folder = mkdtempSync(join(tmpdir(), "fleetlog-signer-"));
    try {
      for (const [name, pem] of Object.entries({ leaf, issuing, root })) writeFileSync(join(folder, name), pem);
      const check = (purpose: string) =>
        execFileSync(
          "openssl",
          [
            "verify",
            "-attime",
            String(now / 1_000),
            "-purpose",
            purpose,
            "-CAfile",
            "root",
            "-untrusted",
            "issuing",
            "leaf",
          ],
          { cwd: folder, stdio: "pipe" },
        ).toString();
      expect(check("any")).toContain("OK");
      expect(() => check("sslclient")).toThrow();
      expect(() => check("sslserver")).toThrow();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("has another key after half of the certificate's lifetime", async () => {
    const signer = messageSigner(authority, clock);
    const headerOf = async () => (await signer.sign({})).split(".")[0];
    const first = await headerOf();
    expect(await headerOf()).toBe(first);
    now += 16 * 86_400_000;
    expect(await headerOf()).not.toBe(first);
  });

  it("is made as soon as the authority can be reached again", async () => {
    let away = true;
    const issueSigner: typeof authority.issueSigner = (...given) =>
      away ? Promise.reject(new Error("away")) : authority.issueSigner(...given);
    const signer = messageSigner({ chain: authority.chain, issueSigner }, clock);
    await expect(signer.sign({})).rejects.toThrow("away");
    away = false;
    expect(await signer.sign({})).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });
});
