import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { usableAuthority } from "./authority.ts";

let folder: string;
const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
const problem = (file: string) => usableAuthority({ authorityCert: join(folder, file) });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fleetlog-authority-"));
  const make = (name: string, ca: string, ...key: string[]) => {
    const files = ["-keyout", `${name}.key`, "-out", `${name}.pem`];
    const extension = ["-addext", `basicConstraints=critical,CA:${ca}`];
    openssl("req", "-x509", ...key, "-nodes", "-days", "2", "-subj", `/O=Plant/CN=${name}`, ...extension, ...files);
  };
  make("good", "TRUE", "-newkey", "rsa:2048");
  make("server", "FALSE", "-newkey", "rsa:2048");
  make("weak", "TRUE", "-newkey", "rsa:1024");
  make("p384", "TRUE", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384");
  const text = (name: string) => readFileSync(join(folder, `${name}.pem`), "utf8");
  writeFileSync(join(folder, "unrelated.pem"), text("good") + text("p384"));
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ["server.pem", /CN=server is not of an authority/],
  ["weak.pem", /first certificate has a key other than P-256 or RSA/],
  ["p384.pem", /first certificate has a key other than P-256 or RSA/],
  ["unrelated.pem", /CN=good is not signed by the next one; give the issuing certificate first/],
])("an authority is refused in one line with advice: %s", (file, line) => {
  expect(problem(file)).toMatch(line);
});

it("an RSA authority is accepted; a missing file is another check's problem", () => {
  expect([problem("good.pem"), problem("none.pem"), usableAuthority({})]).toEqual([undefined, undefined, undefined]);
});
