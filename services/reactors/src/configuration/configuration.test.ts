import { differencesOf, type RecordedEvent } from "@fleetlog/domain";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventOf, recorded } from "../testing/events.ts";
import { type Fleet, startFleet } from "../testing/fleet.ts";
import { initialDefaults, react } from "./react.ts";

let fleet: Fleet;
beforeEach(async () => {
  fleet = await startFleet();
});
afterEach(() => fleet.stop());

type Set = Extract<RecordedEvent, { type: "ConfigurationSet" }>["data"];

const append = (...event: Parameters<typeof eventOf>) => fleet.outside.log.append(eventOf(...event));
const register = (device: string, tags: string[] = []) => append("DeviceRegistered", { device, tags, by: "ann" });
const tag = (device: string, tags: string[]) => append("DeviceTagged", { device, tags, by: "ann" });
const group = (name: string, tagged: string, configuration?: Record<string, unknown>) =>
  append("GroupDefined", {
    name,
    definition: { filter: { tag: tagged }, ...(configuration && { configuration }) },
    by: "bob",
  });
const settle = () => fleet.clock.advance(2_000);

async function newest(device: string): Promise<Set | undefined> {
  const sets = (await fleet.events("ConfigurationSet")).map(({ data }) => data as Set);
  return sets.findLast((one) => one.device === device);
}

describe("the reaction to changed defaults", () => {
  it("writes a revision for each device of a group and for no other device, with the author and the reason", async () => {
    fleet.react("r1");
    for (let i = 0; i < 25; i++) await register(`d${i}`, i < 20 ? ["roof"] : []);
    await settle();
    await group("roof", "roof", { interval: 30 });
    await settle();
    const events = await fleet.events("ConfigurationSet");
    expect(new Set(events.map(({ data }) => (data as Set).device)).size).toBe(20);
    expect(events).toHaveLength(20);
    expect(await newest("d0")).toMatchObject({
      revision: 1,
      values: { interval: 30 },
      by: "bob",
      reason: "group roof",
    });
    await append("GroupDeleted", { name: "roof", by: "bob" });
    await settle();
    expect(await newest("d19")).toMatchObject({ revision: 2, values: {}, reason: "group roof deleted" });
    expect(fleet.problems).toEqual([]);
  });

  it("revises a device that joins or leaves a group", async () => {
    fleet.react("r1");
    await group("roof", "roof", { interval: 30 });
    await register("d1");
    await settle();
    expect(await newest("d1")).toBeUndefined();
    await tag("d1", ["roof"]);
    await settle();
    expect(await newest("d1")).toMatchObject({ values: { interval: 30 }, by: "ann", reason: "its tags changed" });
    await tag("d1", []);
    await settle();
    expect(await newest("d1")).toMatchObject({ revision: 2, values: {} });
  });

  it("revises a device whenever another type applies to its model", async () => {
    fleet.react("r1");
    await register("d1");
    await append("DeviceTypeDefined", { name: "any", definition: { model: "P*", configuration: { a: 1 } }, by: "bob" });
    await append("DeviceProfileReported", { device: "d1", profile: { model: "P1" } });
    await settle();
    expect(await newest("d1")).toMatchObject({ values: { a: 1 } });
    await append("DeviceTypeDefined", { name: "one", definition: { model: "P1" }, by: "bob" });
    await settle();
    expect(await newest("d1")).toMatchObject({ values: {}, reason: "device type one" });
    await append("DeviceTypeDefined", { name: "one", definition: { model: "Q1" }, by: "bob" });
    await settle();
    expect(await newest("d1")).toMatchObject({ values: { a: 1 } });
  });

  it("revises only devices of the group's account, even if a group of that name is deleted in another account", async () => {
    fleet.react("r1");
    await append("AccountCreated", { account: "north", name: "North", by: "ann" });
    await register("n1", ["roof"]);
    await append("DeviceMoved", { device: "n1", from: "main", to: "north", history: "along", by: "ann" });
    await register("d1", ["roof"]);
    const definition = { filter: { tag: "roof" }, configuration: { interval: 30 } };
    await append("GroupDefined", { name: "roof", account: "north", definition, by: "bob" });
    await settle();
    expect([(await newest("n1"))?.values, await newest("d1")]).toEqual([{ interval: 30 }, undefined]);
    await append("GroupDefined", { name: "roof", definition, by: "bob" });
    await append("GroupDeleted", { name: "roof", account: "north", by: "bob" });
    await settle();
    expect([(await newest("n1"))?.values, (await newest("d1"))?.values]).toEqual([{}, { interval: 30 }]);
  });

  it("removes a device's own values when it retires", async () => {
    fleet.react("r1");
    await settle();
    await register("d1");
    const data = { device: "d1", revision: 1, values: { a: 1 }, own: { a: 1 }, defaults: [], by: "ann" };
    await append("ConfigurationSet", data);
    await append("DeviceRetired", { device: "d1", by: "ann" });
    await settle();
    expect(await newest("d1")).toMatchObject({ revision: 2, own: {}, values: {}, reason: "retired" });
  });

  it("revises a configuration that was made with a default that had just been deleted", async () => {
    fleet.react("r1");
    await settle();
    await register("d1");
    const defaults = [{ from: "group:gone", values: { a: 1 } }];
    await append("ConfigurationSet", { device: "d1", revision: 1, values: { a: 1 }, own: {}, defaults, by: "ann" });
    await settle();
    expect(await newest("d1")).toMatchObject({ revision: 2, values: {} });
  });

  it("is continued by another process if a process ends in the middle", async () => {
    const first = fleet.react("r1");
    for (let i = 0; i < 30; i++) await register(`d${i}`, ["roof"]);
    await settle();
    await group("roof", "roof", { interval: 30 });
    await first.stop();
    fleet.react("r2");
    await settle();
    expect(new Set((await fleet.events("ConfigurationSet")).map(({ data }) => (data as Set).device)).size).toBe(30);
  });

  it("gives every device its defaults, in any order of changes and with two processes", async () => {
    fleet.react("r1");
    fleet.react("r2");
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const tags = ["x", "y"];
    const groups = new Map<string, { tag: string; values: Record<string, unknown> }>();
    const devices = new Map<string, string[]>();
    for (let i = 0; i < 6; i++) {
      devices.set(`d${i}`, []);
      await register(`d${i}`);
    }
    for (let step = 0; step < 80; step++) {
      const name = `g${random(3)}`;
      const tagged = tags[random(2)] as string;
      const device = `d${random(6)}`;
      if (random(2) === 0) {
        const own = random(3) === 0 ? [] : random(2) === 0 ? tags : [tagged];
        devices.set(device, [...own]);
        await tag(device, [...own]);
      } else if (random(4) === 0) {
        groups.delete(name);
        await append("GroupDeleted", { name, by: "bob" });
      } else {
        groups.set(name, { tag: tagged, values: { [name]: step, last: name } });
        await group(name, tagged, { [name]: step, last: name });
      }
      if (random(5) === 0) await fleet.clock.advance(random(200));
    }
    await settle();
    for (const [device, own] of devices) {
      const expected: Record<string, unknown> = {};
      for (const name of [...groups.keys()].sort()) {
        const one = groups.get(name);
        if (one !== undefined && own.includes(one.tag)) Object.assign(expected, one.values);
      }
      expect(differencesOf((await newest(device))?.values ?? {}, expected), device).toEqual([]);
    }
    const revisions = (await fleet.events("ConfigurationSet")).map(({ data }) => data as Set);
    for (const device of devices.keys()) {
      const own = revisions.filter((one) => one.device === device).map(({ revision }) => revision);
      expect(own).toEqual(own.map((_, i) => i + 1));
    }
  });
});

describe("react", () => {
  it("ignores changes of devices while no type or group has a default configuration", () => {
    const state = initialDefaults();
    expect(react(state, recorded(1, "DeviceTagged", { device: "a", tags: [], by: "x" }))).toEqual([]);
    expect(react(state, recorded(2, "DeviceRegistered", { device: "a", tags: [], by: "x" }))).toHaveLength(1);
    const definition = { filter: {}, configuration: {} };
    expect(react(state, recorded(3, "GroupDefined", { name: "g", definition, by: "x" }))).toMatchObject([
      { from: "group:g", atLeast: 3 },
    ]);
    expect(react(state, recorded(4, "DeviceTagged", { device: "a", tags: [], by: "x" }))).toHaveLength(1);
  });
});
