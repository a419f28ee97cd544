import { generateKeyPairSync } from "node:crypto";
import type { CatalogueBody } from "@fleetlog/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { personCaller } from "../caller.ts";
import { person, testCaller } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { deleteCatalogue, putCatalogue } from "./catalogues.ts";
import { startScan } from "./scans.ts";
import { mustBeSchedule, nextTime } from "./schedule.ts";

const NOW = Date.parse("2026-01-02T03:04:05.000Z");
const owner = personCaller(person("ada", "owner"), "c1");
const operator = testCaller("lee", "c2");
const vendor: CatalogueBody = { kind: "tpedm", url: "https://vendor.example/api" };
const pem = (key: "publicKey" | "privateKey", type: "ed25519" | "ec") => {
  const options = {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  };
  return generateKeyPairSync(type as "ed25519", options as never)[key] as unknown as string;
};
const signedBy = pem("publicKey", "ed25519");

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
});
const put = (name: string, body: CatalogueBody) => putCatalogue(fleet, owner, { name }, body, { now: NOW });

describe("a catalogue", () => {
  it("is saved once, and is enabled by default", async () => {
    const made = await put("moxa", { ...vendor, models: ["UC-*"], schedule: "0 3 * * *" });
    expect(made).toMatchObject({ created: true, definition: { kind: "tpedm", enabled: true } });
    expect((await put("moxa", { ...vendor, models: ["UC-*"], schedule: "0 3 * * *" })).seq).toBe(made.seq);
    await deleteCatalogue(fleet, owner, { name: "moxa" });
    await expect(deleteCatalogue(fleet, owner, { name: "moxa" })).rejects.toMatchObject({ code: "catalogue-unknown" });
  });

  it("has its client key sealed, never in the log, and kept while its certificate stays", async () => {
    const { certificate, key } = await clientCertificate();
    const made = await put("moxa", { ...vendor, certificate, key });
    const id = made.definition?.key ?? "";
    expect(await fleet.catalogueKeys.get("moxa", id)).toBe(key);
    expect(JSON.stringify(await fleet.events())).not.toContain("PRIVATE KEY");
    expect((await put("moxa", { ...vendor, certificate, description: "Gateways" })).definition?.key).toBe(id);
    const other = await clientCertificate();
    await expect(put("moxa", { ...vendor, certificate: other.certificate })).rejects.toMatchObject({ field: "key" });
    const changed = await put("moxa", { ...vendor, ...other });
    expect(await fleet.catalogueKeys.get("moxa", id)).toBeUndefined();
    expect(await fleet.catalogueKeys.get("moxa", changed.definition?.key ?? "")).toBe(other.key);
    await deleteCatalogue(fleet, owner, { name: "moxa" });
    expect(await fleet.catalogueKeys.get("moxa", changed.definition?.key ?? "")).toBeUndefined();
  });

  it.each<[string, CatalogueBody, string]>([
    ["another scheme", { ...vendor, url: "ftp://vendor.example" }, "url"],
    ["a log-in in the URL", { ...vendor, url: "https://a:b@vendor.example" }, "url"],
    ["a file as URL of the kind `tpedm`", { ...vendor, url: "file:///x.json" }, "url"],
    ["a file outside the folder", { kind: "fleetlog", url: "file:///etc/passwd", signedBy }, "url"],
    ["a file with dots", { kind: "fleetlog", url: "file:///..", signedBy }, "url"],
    ["no signing key", { kind: "fleetlog", url: "https://vendor.example/list.json" }, "signedBy"],
    [
      "a signing key of another kind",
      { kind: "fleetlog", url: "https://v.example", signedBy: pem("publicKey", "ec") },
      "signedBy",
    ],
    [
      "a private signing key",
      { kind: "fleetlog", url: "https://v.example", signedBy: pem("privateKey", "ed25519") },
      "signedBy",
    ],
    ["a signing key for the kind `tpedm`", { ...vendor, signedBy }, "signedBy"],
    ["a key without certificate", { ...vendor, key: "k" }, "certificate"],
    ["a damaged certificate", { ...vendor, certificate: "x", key: "k" }, "certificate"],
    ["a damaged authority", { ...vendor, ca: "x" }, "ca"],
    ["no schedule", { ...vendor, schedule: "every day" }, "schedule"],
    ["a schedule that is too frequent", { ...vendor, schedule: "* * * * *" }, "schedule"],
    ["a schedule with seconds", { ...vendor, schedule: "0 0 3 * * *" }, "schedule"],
  ])("is refused with %s", async (_, body, field) => {
    await expect(put("x", body)).rejects.toMatchObject({ code: "invalid-request", field });
  });

  it("is refused with the key of another certificate", async () => {
    const [one, other] = [await clientCertificate(), await clientCertificate()];
    const body = { ...vendor, certificate: one.certificate, key: other.key };
    await expect(put("x", body)).rejects.toMatchObject({ code: "invalid-request", field: "key" });
  });

  it("is changed by owners only", async () => {
    await expect(putCatalogue(fleet, operator, { name: "x" }, vendor, { now: NOW })).rejects.toMatchObject({
      code: "forbidden",
    });
  });
});

describe("a scan", () => {
  it("is recorded with its target, account and the caller's tags", async () => {
    const { id } = await startScan(fleet, operator, { to: { filter: { model: "UC" } } });
    const limited = personCaller({ ...person("bo"), scope: { tags: ["roof"] } }, "c3");
    await startScan(fleet, limited, { to: { filter: {} } });
    const events = await fleet.events("ScanStarted");
    expect(events.map(({ data }) => data)).toMatchObject([
      { scan: id, reason: "hand", to: { filter: { model: "UC" } }, by: "lee" },
      { scope: { tags: ["roof"] } },
    ]);
  });

  it("is refused for unknown targets, and to people who may only read", async () => {
    const viewer = personCaller(person("vi", "viewer"), "c4");
    await expect(startScan(fleet, viewer, { to: { filter: {} } })).rejects.toMatchObject({ code: "forbidden" });
    const wrong = [
      [{ to: { devices: ["none"] } }, "device-unknown", "to.devices[0]"],
      [{ to: { group: "none" } }, "group-unknown", "to.group"],
      [{ to: { filter: {} }, catalogue: "none" }, "catalogue-unknown", "catalogue"],
      [{ to: { filter: {} }, account: "none" }, "account-unknown", "account"],
    ] as const;
    for (const [body, code, field] of wrong)
      await expect(startScan(fleet, operator, body as never)).rejects.toMatchObject({ code, field });
    expect(await fleet.events("ScanStarted")).toEqual([]);
  });
});

describe("a schedule", () => {
  it("is in UTC", () => {
    expect(nextTime("0 3 * * *", NOW)).toBe(Date.parse("2026-01-03T03:00:00.000Z"));
    expect(nextTime("0 3 * * *", Date.parse("2026-01-03T03:00:00.000Z"))).toBe(Date.parse("2026-01-04T03:00:00.000Z"));
  });

  it("must have a time in the future", () => {
    expect(() => mustBeSchedule("0 3 30 2 *", NOW)).toThrow("no time in the future");
    expect(() => mustBeSchedule("*/15 * * * *", NOW)).not.toThrow();
  });
});

async function clientCertificate(): Promise<{ certificate: string; key: string }> {
  const { certificate, key } = await fleet.authority.issue("scans", { make: "P-256" });
  return { certificate, key: key ?? "" };
}
