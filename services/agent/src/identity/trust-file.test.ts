import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { afterEach, beforeEach, expect, it } from "vitest";
import { trustFile } from "./trust-file.ts";

const [first = "", second = "", third = ""] = rootCertificates;
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fleetlog-trust-"));
  path = join(folder, "authority.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

it("the trust file has the given certificates until the platform sends others, which are then stored", () => {
  const trust = trustFile(path, first);
  expect(trust.roots).toBe(first);
  trust.accept(`${second}\n${first}`);
  expect(trust.roots).toBe(`${second}\n${first}`);
  expect(trustFile(path, first).roots).toBe(`${second}\n${first}`);
});

it("the trust file prefers newly given certificates to the stored ones", () => {
  trustFile(path, first).accept(second);
  expect(trustFile(path, third).roots).toBe(third);
});

it.each(["", "no certificate", first.slice(0, 300), first.replaceAll("M", "N")])(
  "the trust file keeps its certificates if the platform sends no valid one (%#)",
  (ca) => {
    const trust = trustFile(path, first);
    trust.accept(ca);
    expect(trust.roots).toBe(first);
  },
);
