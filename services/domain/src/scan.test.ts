import { describe, expect, it } from "vitest";
import { type Catalogue, catalogueDecider } from "./catalogue.ts";
import { fold } from "./decider.ts";
import { history } from "./fixtures/record.ts";
import { faultsOfRedelivery } from "./fixtures/redelivery.ts";
import { scanDecider } from "./scan.ts";
import { deviceUpdatesDecider } from "./update.ts";

const id = "2b4e1f6c-8a0d-4c3e-9f57-6d1b2a3c4e5f";
const start = { scan: id, reason: "hand", to: { devices: ["d1"] }, by: "ada" } as const;
const end = { scan: id, devices: 1 } as const;
const started = { type: "ScanStarted", data: start } as const;
const ended = { type: "ScanEnded", data: end } as const;

describe("scan", () => {
  it("starts once and ends once", () => {
    const command = { type: "StartScan", ...start } as const;
    expect(scanDecider.decide(command, scanDecider.initial)).toEqual([started]);
    const running = fold(scanDecider, history(started));
    expect(scanDecider.decide(command, running)).toEqual([]);
    expect(scanDecider.decide({ type: "EndScan", ...end }, running)).toEqual([ended]);
    expect(scanDecider.decide({ type: "EndScan", ...end }, fold(scanDecider, history(started, ended)))).toEqual([]);
  });

  it("can't end before it starts", () => {
    expect(() => scanDecider.decide({ type: "EndScan", ...end }, undefined)).toThrow("there is no scan");
  });

  it("tolerates redelivery", () => {
    expect(faultsOfRedelivery(scanDecider, history(started, ended))).toEqual([]);
  });
});

describe("catalogue", () => {
  const definition: Catalogue = { kind: "tpedm", url: "https://vendor.example/api", enabled: true, key: "k1" };
  const defined = { type: "CatalogueDefined", data: { name: "moxa", definition, by: "ada" } } as const;
  const deleted = { type: "CatalogueDeleted", data: { name: "moxa", by: "ada" } } as const;

  it("is defined again only if something changes, such as its key", () => {
    const define = { type: "Define", name: "moxa", definition, by: "ada" } as const;
    const state = fold(catalogueDecider, history(defined));
    expect(catalogueDecider.decide(define, catalogueDecider.initial)).toEqual([defined]);
    expect(catalogueDecider.decide(define, state)).toEqual([]);
    expect(catalogueDecider.decide({ ...define, definition: { ...definition, key: "k2" } }, state)).toHaveLength(1);
  });

  it("tolerates redelivery", () => {
    expect(faultsOfRedelivery(catalogueDecider, history(defined, deleted, defined))).toEqual([]);
  });
});

describe("updates of a device", () => {
  const askedAt = "2026-01-02T03:04:05.000Z";
  const found = (name: string, category: "firmware" | "software") =>
    ({ catalogue: name, package: category, category, state: "up-to-date", askedAt }) as const;
  const scanned = {
    type: "DeviceScanned",
    data: { device: "d1", reason: "hand", scan: id, updates: [found("a", "software")], failures: [] },
  } as const;
  const byProfile = {
    type: "DeviceScanned",
    data: {
      device: "d1",
      reason: "profile",
      only: ["b"],
      updates: [found("b", "firmware")],
      failures: [{ catalogue: "b", category: "software", reason: "it answered 500", askedAt }],
    },
  } as const;

  it("are recorded once in a scan", () => {
    const command = { type: "RecordScanned", ...scanned.data } as const;
    expect(deviceUpdatesDecider.decide(command, undefined)).toEqual([scanned]);
    expect(deviceUpdatesDecider.decide(command, fold(deviceUpdatesDecider, history(scanned, byProfile)))).toEqual([]);
    expect(
      deviceUpdatesDecider.decide({ ...command, scan: "another" }, fold(deviceUpdatesDecider, history(scanned))),
    ).toHaveLength(1);
  });

  it("name the newest scan after a profile change; that scan then does not record the device again", () => {
    const command = { type: "RecordScanned", ...byProfile.data } as const;
    const [event] = deviceUpdatesDecider.decide(command, fold(deviceUpdatesDecider, history(scanned)));
    expect(event?.data.after).toBe(id);
    const later = fold(deviceUpdatesDecider, history(event as NonNullable<typeof event>));
    expect(deviceUpdatesDecider.decide({ type: "RecordScanned", ...scanned.data }, later)).toEqual([]);
  });

  it("of one catalogue leave those of other catalogues unchanged; firmware comes first", () => {
    expect(fold(deviceUpdatesDecider, history(scanned, byProfile))).toMatchObject({
      scan: id,
      updates: [found("b", "firmware"), found("a", "software")],
      failures: [{ catalogue: "b", category: "software" }],
    });
    expect(fold(deviceUpdatesDecider, history(byProfile, scanned))).toMatchObject({
      updates: [found("a", "software")],
      failures: [],
    });
  });

  it("tolerate redelivery", () => {
    expect(faultsOfRedelivery(deviceUpdatesDecider, history(scanned, byProfile, scanned))).toEqual([]);
  });
});
