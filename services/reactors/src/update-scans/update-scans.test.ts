import type { Catalogue, RecordedEvent } from "@fleetlog/domain";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NoAnswer, type OutgoingGet } from "../outgoing/http.ts";
import type { RunnableReaction } from "../runner/run-reaction.ts";
import { runnable } from "../runner/run-reaction.ts";
import { eventOf, recorded } from "../testing/events.ts";
import { type Fleet, startFleet } from "../testing/fleet.ts";
import { updateScans } from "./index.ts";
import { initialScans, react } from "./react.ts";

const SCAN = "2b4e1f6c-8a0d-4c3e-9f57-6d1b2a3c4e5f";
const OTHER = "3b4e1f6c-8a0d-4c3e-9f57-6d1b2a3c4e5f";
type Scanned = Extract<RecordedEvent, { type: "DeviceScanned" }>["data"];
type Answer = (model: string, category: string) => Promise<string> | string;

let fleet: Fleet;
let asked: string[];
let answer: Answer;
beforeEach(async () => {
  fleet = await startFleet();
  asked = [];
  answer = (_, category) =>
    category === "mil"
      ? data({ firmwareVersion: "1.5.0" })
      : data({ version: "2.2.0", dependency: { minFirmwareVersion: "1.5.0" } });
});
afterEach(() => fleet.stop());

const data = (...entries: object[]) => JSON.stringify({ data: entries });
function reaction(changed: Partial<ReturnType<typeof updateScans>> = {}): RunnableReaction {
  return runnable({
    ...updateScans({
      openKeys: async () => undefined,
      readFile: async () => "",
      async get({ url }: OutgoingGet) {
        const { searchParams, hostname } = new URL(url);
        const [model = "", category = ""] = ["model", "category"].map((name) => searchParams.get(name) ?? "");
        asked.push(`${hostname} ${model} ${category}`);
        return { status: 200, text: await answer(model, category), retryAfter: undefined };
      },
    }),
    ...changed,
  });
}
const append = (...event: Parameters<typeof eventOf>) => fleet.outside.log.append(eventOf(...event));
const register = async (device: string, model = "UC", profile: object = {}) => {
  await append("DeviceRegistered", { device, tags: [], by: "ann", dialect: "tpedm" });
  await append("DeviceProfileReported", {
    device,
    profile: { model, firmware: "1.4.0", thingsproVersion: "2.1.0", ...profile },
  });
};
const define = (name = "moxa", more: Partial<Catalogue> = {}) =>
  append(
    "CatalogueDefined",
    { name, definition: { kind: "tpedm", url: `https://${name}.example`, enabled: true, ...more }, by: "bob" },
    { at: fleet.clock.now() },
  );
const scan = (id = SCAN, more: object = {}) =>
  append(
    "ScanStarted",
    { scan: id, reason: "hand", to: { filter: {} }, by: "ann", ...more },
    { at: fleet.clock.now(), id: `started-${id}` },
  );
const settle = (ms = 6_000) => fleet.clock.advance(ms);
const scanned = async () => (await fleet.events("DeviceScanned")).map((event) => event.data as Scanned);
const ended = () => fleet.events("ScanEnded");

describe("a scan", () => {
  it("finds firmware, then software, with needed packages first, by one request for each model and category", async () => {
    for (let i = 0; i < 30; i++) await register(`d${i}`, i < 20 ? "UC" : "AIG");
    await define();
    fleet.react("r1", [reaction()]);
    await settle();
    await scan();
    await settle();
    const all = await scanned();
    expect(all).toHaveLength(30);
    expect(new Set(all.map(({ device }) => device)).size).toBe(30);
    expect(all[0]).toMatchObject({
      ...{ reason: "hand", scan: SCAN, failures: [] },
      updates: [
        { package: "firmware", state: "available", current: "1.4.0", available: "1.5.0" },
        { package: "thingspro", state: "blocked", needs: [{ package: "firmware", has: "1.4.0", offered: "1.5.0" }] },
      ],
    });
    expect([...asked].sort()).toEqual([
      "moxa.example AIG mil",
      "moxa.example AIG tpe",
      "moxa.example UC mil",
      "moxa.example UC tpe",
    ]);
    expect((await ended()).map((event) => event.data)).toEqual([{ scan: SCAN, devices: 30 }]);
    expect(fleet.problems).toEqual([]);
  });

  it("continues where a process ended: no device and no request is repeated", async () => {
    for (let i = 0; i < 40; i++) await register(`d${i}`, "UC");
    for (let i = 0; i < 40; i++) await register(`e${i}`, "AIG");
    await define();
    let goOn: (text: string) => void = () => {};
    const waiting = new Promise<string>((resolve) => {
      goOn = resolve;
    });
    // The devices of model UC wait: the first process ends in the middle.
    answer = (model) => (model === "UC" ? waiting : data({ firmwareVersion: "1.5.0", version: "2.2.0" }));
    const first = fleet.react("r1", [reaction()]);
    await settle();
    await scan(SCAN, { to: { devices: [...ids("e"), ...ids("d")] } });
    await settle();
    expect((await scanned()).length).toBe(40);
    await first.stop();
    answer = () => data({ firmwareVersion: "1.5.0", version: "2.2.0" });
    fleet.react("r2", [reaction()]);
    await settle(20_000);
    goOn(data());
    await settle();
    const all = await scanned();
    expect(all.map(({ device }) => device).sort()).toEqual([...ids("e"), ...ids("d")].sort());
    expect(asked.filter((one) => one.includes("AIG"))).toHaveLength(2);
    // The request that had no answer when the first process ended is repeated.
    expect(asked.filter((one) => one.includes("UC"))).toHaveLength(3);
    expect(await ended()).toHaveLength(1);
  });

  describe("whose catalogue changes while it runs", () => {
    /** Runs a scan of 40 devices. Before the last half is compared, `change` happens. */
    async function scanWith(
      change: (stop: () => Promise<void>) => Promise<unknown>,
      more: object = {},
    ): Promise<Map<string, Scanned>> {
      for (let i = 0; i < 40; i++) await register(`d${i}`, i < 20 ? "UC" : "AIG");
      await define("moxa");
      await define("other");
      const gate = Promise.withResolvers<void>();
      answer = async (model) => {
        if (model === "AIG") await gate.promise;
        return data({ firmwareVersion: asked.at(-1)?.startsWith("new") ? "9.0.0" : "1.5.0", version: "2.2.0" });
      };
      const first = fleet.react("r1", [reaction()]);
      await settle();
      await scan(SCAN, { to: { devices: Array.from({ length: 40 }, (_, i) => `d${i}`) }, ...more });
      await settle();
      expect((await scanned()).length).toBeGreaterThan(0);
      await change(() => first.stop());
      gate.resolve();
      await settle(20_000);
      expect((await ended()).map((event) => event.data)).toEqual([{ scan: SCAN, devices: 40 }]);
      const all = await scanned();
      expect(all.filter((one) => one.scan === SCAN)).toHaveLength(40);
      return new Map(all.map((one) => [one.device, one]));
    }
    const catalogues = (one: Scanned) => [...new Set(one.updates.map(({ catalogue }) => catalogue))];

    it("ends without updates of a deleted catalogue, for any device", async () => {
      const rows = await scanWith(() => append("CatalogueDeleted", { name: "moxa", by: "bob" }));
      for (const row of rows.values()) expect(catalogues(row)).toEqual(["other"]);
    });

    it("ends with the updates of the changed catalogue, for every device", async () => {
      const rows = await scanWith(() => define("moxa", { url: "https://new.example" }));
      for (const { updates } of rows.values())
        expect(updates.find(({ catalogue }) => catalogue === "moxa")).toMatchObject({ available: "9.0.0" });
    });

    it("ends without updates if its only catalogue was switched off", async () => {
      const rows = await scanWith(() => define("moxa", { enabled: false }), { catalogue: "moxa" });
      for (const row of rows.values()) expect(row).toMatchObject({ updates: [], failures: [], only: ["moxa"] });
    });

    it("ends with the updates after the change if another process continues it", async () => {
      const rows = await scanWith(async (stop) => {
        await stop();
        await append("CatalogueDeleted", { name: "moxa", by: "bob" });
        fleet.react("r2", [reaction()]);
      });
      for (const row of rows.values()) expect(catalogues(row)).toEqual(["other"]);
    });
  });

  it("reports a failing catalogue beside one that answers, and does not count it as up to date", async () => {
    await register("d1");
    await define("moxa");
    await define("away");
    answer = (_, category) => {
      if (asked.at(-1)?.startsWith("away")) throw new NoAnswer("away.example can't be reached (ECONNREFUSED)");
      return category === "mil" ? data({ firmwareVersion: "1.4.0" }) : "<html>";
    };
    fleet.react("r1", [reaction()]);
    await settle();
    await scan();
    await settle();
    expect(await scanned()).toMatchObject([
      {
        updates: [{ catalogue: "moxa", package: "firmware", state: "up-to-date" }],
        failures: [
          { catalogue: "away", category: "firmware", reason: "away.example can't be reached (ECONNREFUSED)" },
          { catalogue: "away", category: "software" },
          { catalogue: "moxa", category: "software", reason: "its answer is not JSON" },
        ],
      },
    ]);
  });

  it("stops asking a catalogue that failed five times in a row", async () => {
    for (let i = 0; i < 10; i++) await register(`d${i}`, `M${i}`);
    await define();
    answer = () => {
      throw new NoAnswer("no answer within 15 s");
    };
    fleet.react("r1", [reaction()]);
    await settle();
    await scan();
    await settle();
    const all = await scanned();
    expect(all).toHaveLength(10);
    expect(all.every(({ failures }) => failures.length === 2)).toBe(true);
    expect(asked.length).toBeLessThan(20);
    expect(JSON.stringify(all)).toContain("it was not asked, because it failed");
  });

  it("compares only devices within its account, its filter and its starter's tags, and only with its catalogue", async () => {
    await register("d1", "UC");
    await register("d2", "AIG");
    await append("DeviceRegistered", { device: "native", tags: [], by: "ann" });
    await define("moxa", { models: ["UC*"] });
    await define("other");
    await define("off", { enabled: false });
    fleet.react("r1", [reaction()]);
    await settle();
    await scan(SCAN, { catalogue: "moxa" });
    await settle();
    expect((await scanned()).map(({ device, only, updates }) => [device, only, updates.length]).sort()).toEqual([
      ["d1", ["moxa"], 2],
      ["d2", ["moxa"], 0],
      ["native", ["moxa"], 0],
    ]);
    expect(asked).toEqual(["moxa.example UC mil", "moxa.example UC tpe"]);
    await scan(OTHER, { scope: { tags: ["roof"] } });
    await settle();
    expect((await ended()).map((event) => event.data)).toContainEqual({ scan: OTHER, devices: 0 });
  });

  it("ends with the reason if its group is gone", async () => {
    fleet.react("r1", [reaction()]);
    await settle();
    await scan(SCAN, { to: { group: "none" } });
    await settle();
    expect((await ended()).map((event) => event.data)).toEqual([
      { scan: SCAN, devices: 0, error: "there is no group none" },
    ]);
  });
});

describe("the reaction to a changed profile", () => {
  it("compares the device at once, with the catalogue's answers of the last hour", async () => {
    await define();
    const { stop } = fleet.react("r1", [reaction()]);
    await settle();
    await register("d1");
    await settle();
    expect((await scanned()).map(({ device, reason }) => [device, reason])).toEqual([["d1", "profile"]]);
    expect(asked).toHaveLength(2);
    await append(
      "DeviceProfileReported",
      { device: "d1", profile: { model: "UC", firmware: "1.5.0" } },
      { at: fleet.clock.now() },
    );
    await settle();
    expect((await scanned()).at(-1)?.updates[0]).toMatchObject({ package: "firmware", state: "up-to-date" });
    expect(asked).toHaveLength(2);
    await settle(3_700_000);
    await append(
      "DeviceProfileReported",
      { device: "d1", profile: { model: "UC", firmware: "1.4" } },
      { at: fleet.clock.now() },
    );
    await settle();
    expect(asked).toHaveLength(4);
    await stop();
  });

  it("compares the device with all catalogues before its profile, also if their events come late", async () => {
    // This reaction has no subscription of catalogues.
    fleet.react("r1", [reaction({ categories: ["scan", "device"] })]);
    await settle();
    await define("moxa");
    await define("gone");
    await append("CatalogueDeleted", { name: "gone", by: "bob" });
    await register("d1");
    await settle();
    await define("later");
    for (const device of ["d2", "d3"]) await register(device);
    await settle();
    const compared = (await scanned()).map(({ device, updates }) => [
      device,
      [...new Set(updates.map(({ catalogue }) => catalogue))].sort(),
    ]);
    expect(compared).toEqual([
      ["d1", ["moxa"]],
      ["d2", ["later", "moxa"]],
      ["d3", ["later", "moxa"]],
    ]);
  });

  it("keeps a newer definition if the subscription then brings an older one", async () => {
    const scans = initialScans();
    const [older, newer] = [1, 2].map((seq) => {
      const definition = { kind: "tpedm", url: `https://catalogue-${seq}.example`, enabled: true } as const;
      return recorded(seq, "CatalogueDefined", { name: "moxa", definition, by: "bob" });
    }) as [RecordedEvent, RecordedEvent];
    for (const event of [older, newer, older]) react(scans, event);
    expect([...scans.catalogues.values()]).toMatchObject([
      { seq: 2, catalogue: { url: "https://catalogue-2.example" } },
    ]);
  });

  it("asks a catalogue once for many devices that report at the same time", async () => {
    let goOn: (text: string) => void = () => {};
    const waiting = new Promise<string>((resolve) => {
      goOn = resolve;
    });
    answer = () => waiting;
    await define();
    fleet.react("r1", [reaction()]);
    await settle();
    for (let i = 0; i < 20; i++) await register(`d${i}`);
    await settle();
    expect(asked).toEqual(["moxa.example UC mil"]);
    goOn(data({ firmwareVersion: "1.5.0" }));
    await settle();
    expect(asked).toEqual(["moxa.example UC mil", "moxa.example UC tpe"]);
    expect(await scanned()).toHaveLength(20);
  });

  it("does nothing without a catalogue", async () => {
    fleet.react("r1", [reaction()]);
    await settle();
    await register("d1");
    await settle();
    expect(await scanned()).toEqual([]);
  });
});

describe("a schedule", () => {
  it("starts one scan at each time, also with two active processes, and a single scan for all missed times", async () => {
    await register("d1");
    await define("moxa", { schedule: "0 * * * *" });
    const first = fleet.react("r1", [reaction()]);
    await settle(3_500_000);
    expect(await fleet.events("ScanStarted")).toEqual([]);
    await settle(200_000);
    const started = await fleet.events("ScanStarted");
    expect(started.map((event) => event.data)).toMatchObject([{ reason: "schedule", catalogue: "moxa", by: "system" }]);
    expect(await scanned()).toMatchObject([{ device: "d1", reason: "schedule" }]);
    await first.stop();
    await settle(5 * 3_600_000);
    fleet.react("r2", [reaction()]);
    await settle(30_000);
    expect(await fleet.events("ScanStarted")).toHaveLength(2);
  });
});

function ids(letter: string): string[] {
  return Array.from({ length: 40 }, (_, i) => `${letter}${i}`);
}
