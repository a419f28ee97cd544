import type { HeldVersions, TriedScan, UpdatesResource } from "@fleetlog/protocol";
import { describe, expect, it } from "vitest";
import { runScan } from "./run-scan.ts";
import { type ScannedDevice, TriedCatalogue } from "./scan.ts";

const askedAt = "2026-01-01T00:00:00.000Z";
const lookedAt = "2026-01-01T01:00:00.000Z";
const firmware = (version: string, more: object = {}): TriedScan["packages"][number] => ({
  ...{ name: "firmware", category: "firmware", version },
  ...more,
});
const held = (device: string, versions: Record<string, string> = { firmware: "1.4" }): HeldVersions => ({
  ...{ device, account: "main", dialect: "native", model: "UC-1", held: versions },
});
const found = (catalogue: string, state: "available" | "up-to-date", name = "firmware") => ({
  ...{ catalogue, package: name, category: "firmware" as const, state, newest: "1.4", current: "1.4", askedAt },
  ...(state === "available" && { available: "1.4" }),
});
const real = (
  device: string,
  updates: UpdatesResource["updates"],
  state: UpdatesResource["state"] = "up-to-date",
  failures: UpdatesResource["failures"] = [],
): UpdatesResource => ({ device, state, updates, failures, lookedAt, seq: 9 });

const scanDifference = (device: ScannedDevice, tried: TriedScan) => new TriedCatalogue(tried).difference(device);

describe("a device's updates with another catalogue", () => {
  it("are compared between the tried catalogue and the replaced one", () => {
    const device = { held: held("d1"), real: real("d1", [found("vendor", "up-to-date")]) };
    expect(scanDifference(device, { packages: [firmware("1.5")] })).toEqual({
      before: "up-to-date",
      tried: "available",
      differences: [
        {
          ...{ device: "d1", package: "firmware", category: "firmware", current: "1.4", lookedAt },
          before: { state: "up-to-date", newest: "1.4" },
          tried: { state: "available", available: "1.5", newest: "1.5" },
        },
      ],
    });
    expect(scanDifference(device, { packages: [firmware("1.4")] }).differences).toEqual([]);
    const blocked = scanDifference(device, { packages: [firmware("1.5", { needs: { loader: "2" } })] });
    expect(blocked).toMatchObject({
      tried: "blocked",
      differences: [{ tried: { needs: [{ package: "loader", version: "2" }] } }],
    });
  });

  it("omit packages that no catalogue lists any more, and packages for other models", () => {
    const device = { held: held("d1"), real: real("d1", [found("vendor", "available")], "available") };
    for (const packages of [[], [firmware("1.5", { models: ["MX-*"] })]]) {
      const { tried, differences } = scanDifference(device, { packages });
      expect([tried, differences]).toEqual(["not-listed", [expect.not.objectContaining({ tried: expect.anything() })]]);
    }
    const own = firmware("1.5", { models: ["MX-*", "UC-*"] });
    expect(scanDifference(device, { packages: [own] }).tried).toBe("available");
    const unnamed = { ...device, held: { device: "d1", account: "main", dialect: "native", held: {} } };
    expect(scanDifference(unnamed, { packages: [own] }).tried).toBe("not-listed");
  });

  it("keep the results of the other catalogues if one is replaced", () => {
    const failure = { catalogue: "other", reason: "it answered 500", askedAt };
    const updates = [found("vendor", "up-to-date"), found("other", "available", "viewer")];
    const device = { held: held("d1"), real: real("d1", updates, "failed", [failure]) };
    const tried = { catalogue: "vendor", packages: [firmware("1.5")] };
    expect(scanDifference(device, tried)).toMatchObject({ before: "failed", tried: "failed" });
    expect(scanDifference(device, tried).differences.map((one) => one.package)).toEqual(["firmware"]);
    const all = scanDifference(device, { packages: tried.packages });
    expect([all.tried, all.differences.map((one) => one.package)]).toEqual(["available", ["firmware", "viewer"]]);
  });

  it("are absent if the replaced catalogue is not for the device", () => {
    const device = { held: held("d1"), real: real("d1", [found("vendor", "up-to-date")]) };
    const tried = { catalogue: "vendor", packages: [firmware("1.5")] };
    const state = (kind: "fleetlog" | "tpedm", models?: string[], dialect = "native") => {
      const catalogue = new TriedCatalogue(tried, { kind, ...(models && { models }) });
      return catalogue.difference({ ...device, held: { ...device.held, dialect } }).tried;
    };
    expect([state("fleetlog"), state("fleetlog", ["UC-*"])]).toEqual(["available", "available"]);
    expect(state("fleetlog", ["MX-*"])).toBe("not-listed");
    expect([state("tpedm"), state("tpedm", undefined, "tpedm")]).toEqual(["not-listed", "available"]);
  });

  it("are compared for each version and model, and limited to as many as a scan records", () => {
    const packages = [firmware("1.5", { models: ["UC-1"] }), firmware("1.6", { models: ["UC-2"] })];
    const tried = new TriedCatalogue({ packages });
    const available = (model: string, version: string) => {
      const device = { ...held("d1", { firmware: version }), model };
      return tried.difference({ held: device, real: undefined }).differences[0]?.tried?.available;
    };
    for (let round = 0; round < 2; round++) {
      expect([available("UC-1", "1.4"), available("UC-2", "1.4"), available("UC-1", "1.5")]).toEqual([
        ...["1.5", "1.6"],
        undefined,
      ]);
    }
    const many = Array.from({ length: 150 }, (_, i) => ({ ...firmware("1"), name: `p${i}` }));
    expect(scanDifference({ held: held("d1"), real: undefined }, { packages: many }).differences).toHaveLength(100);
  });

  it("of a device that was never compared are either new or absent", () => {
    const device = { held: held("d1"), real: undefined };
    const { before, tried, differences } = scanDifference(device, { packages: [firmware("1.5")] });
    expect([before, tried, differences]).toMatchObject(["never", "available", [{ tried: { state: "available" } }]]);
    expect(differences[0]).not.toHaveProperty("before");
    expect(scanDifference(device, { catalogue: "vendor", packages: [] })).toMatchObject({
      ...{ before: "never", tried: "never", differences: [] },
    });
  });
});

describe("a scan that is tried", () => {
  const ids = Array.from({ length: 1_234 }, (_, i) => `d${String(i).padStart(4, "0")}`);
  const compared = ids.filter((_, i) => i % 3 === 0).map((id) => real(id, [found("vendor", "up-to-date")]));

  const byId = new Map(compared.map((one) => [one.device, one]));
  const foreign = "d0007";

  /** Each answer has few devices. Every tenth device is retired, and one belongs to another account. */
  async function answer(query: string, params: unknown): Promise<unknown> {
    const { ids: asked } = params as { ids: string[] };
    const alive = asked.filter((id) => !id.endsWith("0"));
    if (query === "updates.found") return alive.flatMap((id) => byId.get(id) ?? []).slice(0, 70);
    return alive.slice(0, 90).map((id) => ({ ...held(id), ...(id === foreign && { account: "north" }) }));
  }
  const scanned = (tried: TriedScan, signal = new AbortController().signal, progress: number[] = []) =>
    runScan({
      ...{ asOf: { answer }, tried: new TriedCatalogue(tried), at: { seq: 9, at: askedAt }, devices: ids },
      ...{ account: "main", scope: undefined, signal, onProgress: (one: number) => progress.push(one) },
    });

  it("compares every device once, lists the first thousand differences, and counts all", async () => {
    const progress: number[] = [];
    const {
      updates,
      moreUpdates,
      scanned: counts,
      meaning,
    } = await scanned({ packages: [firmware("1.5")] }, undefined, progress);
    const alive = ids.filter((id) => !id.endsWith("0") && id !== foreign);
    const known = new Set(compared.map(({ device }) => device));
    const wereCompared = alive.filter((id) => known.has(id)).length;
    expect(counts).toEqual({
      ...{ account: "main", devices: alive.length, differing: alive.length },
      before: { "up-to-date": wereCompared, never: alive.length - wereCompared },
      tried: { available: alive.length },
    });
    expect(updates.map(({ device }) => device)).toEqual(alive.slice(0, 1_000));
    expect(moreUpdates).toBe(alive.length - 1_000);
    expect(updates.every(({ device, before }) => known.has(device) === (before !== undefined))).toBe(true);
    expect(meaning.slice(1)).toEqual([
      `Update available: ${alive.length} devices instead of 0.`,
      `Up to date: 0 devices instead of ${wereCompared}.`,
      `Never compared: 0 devices instead of ${alive.length - wereCompared}.`,
    ]);
    expect(progress.at(-1)).toBe(1);
  });

  it("reports when nothing differs, and ends with its signal", async () => {
    const { meaning } = await scanned({ catalogue: "another", packages: [] });
    expect(meaning).toEqual([expect.stringMatching(/^Nothing would have been different for \d+ devices/)]);
    await expect(scanned({ packages: [] }, AbortSignal.abort(new Error("ended")))).rejects.toThrow("ended");
  });
});
