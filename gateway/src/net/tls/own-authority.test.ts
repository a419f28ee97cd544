import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { OwnAuthority } from "./own-authority.ts";

let folder: string;
const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
const text = (file: string) => readFileSync(join(folder, file), "utf8");
const certificate = (file: string) => new X509Certificate(text(file));

/** Two authorities of one name without key identifiers, and a device's certificate of each. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fleetlog-own-"));
  writeFileSync(join(folder, "ca.ext"), "basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=none\n");
  writeFileSync(join(folder, "device.ext"), "extendedKeyUsage=clientAuth\nauthorityKeyIdentifier=none\n");
  for (const name of ["old", "new"]) {
    const issue = (file: string, subject: string, ...signing: string[]) => {
      const keys = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", `${file}.key`];
      openssl("req", ...keys, "-subj", `/CN=${subject}`, "-out", `${file}.csr`);
      openssl("x509", "-req", "-in", `${file}.csr`, "-days", "2", ...signing, "-out", `${file}.pem`);
    };
    issue(name, "Plant", "-key", `${name}.key`, "-extfile", "ca.ext");
    const above = ["-CA", `${name}.pem`, "-CAkey", `${name}.key`, "-CAcreateserial"];
    issue(`${name}-device`, "d1", ...above, "-extfile", "device.ext");
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

it("OwnAuthority finds the issuer among authorities of the same name, and refuses an authority's certificates after its end", () => {
  const now = Date.now();
  const own = new OwnAuthority([
    { certificate: text("new.pem"), fingerprint: "new" },
    { certificate: text("old.pem"), fingerprint: "old", until: now + 1_000 },
  ]);
  for (const name of ["old", "new"]) {
    const device = certificate(`${name}-device.pem`);
    const issuer = own.issuerOf(device);
    if (issuer === undefined) throw new Error(`no issuer of ${name}`);
    expect(issuer.fingerprint).toBe(name);
    expect(issuer.certificate.fingerprint256).toBe(certificate(`${name}.pem`).fingerprint256);
    expect(own.faultOf(device, issuer, now)).toBeUndefined();
    expect(own.faultOf(device, issuer, now + 2_000)).toBe(name === "old" ? "CERT_HAS_EXPIRED" : undefined);
  }
});
