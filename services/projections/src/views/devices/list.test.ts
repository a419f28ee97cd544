import { DEVICE_ORDERS, type DeviceOrder, type Queries } from "@fleetlog/protocol";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { answer } from "../../fixtures/asking.ts";
import { FleetHistory } from "../../fixtures/fleet.ts";
import { History } from "../../fixtures/history.ts";
import { ViewStore } from "../../store/store.ts";
import { FLEET_PROJECTIONS } from "../index.ts";

type Params = Queries["devices.list"]["params"];

let history: History;
let views: ViewStore;
beforeEach(() => {
  history = new History();
  views = new ViewStore({ path: ":memory:", projections: FLEET_PROJECTIONS });
});

function list(params: Params) {
  views.apply(history.events.splice(0), history.seq);
  views.commit();
  return answer("devices.list", views, params);
}
const ids = (params: Params) => list(params).items.map(({ id }) => id);

describe("devices.list", () => {
  it("filters by exact model and firmware", () => {
    history.register("a");
    history.profile("a", { model: "XT-400", firmware: "2.1" });
    history.register("b");
    history.profile("b", { model: "xt-400", firmware: "2.01" });
    history.register("c");
    expect(ids({ model: "XT-400" })).toEqual(["a"]);
    expect(ids({ firmware: "2.01" })).toEqual(["b"]);
    expect(ids({ model: "XT-400", firmware: "2.01" })).toEqual([]);
    expect(ids({ model: "" })).toEqual([]);
  });

  it("reads only the devices with the tag if few have it, in each order", () => {
    for (let n = 0; n < 40; n++) history.register(`d${n}`, { tags: n % 20 === 7 ? ["rare"] : ["common"] });
    list({});
    const plans: string[] = [];
    const { select } = views;
    vi.spyOn(views, "select").mockImplementation((statement) => {
      const plan = views.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${statement.sql}`, ...statement.values);
      plans.push(...plan.map(({ detail }) => detail));
      return select.call(views, statement) as never;
    });
    for (const sort of ["id", "-since", "attention", "name"] as const) {
      expect(ids({ tag: "rare", sort }).toSorted()).toEqual(["d27", "d7"]);
      expect(ids({ tag: "rare", sort, status: "never-connected" }).toSorted()).toEqual(["d27", "d7"]);
    }
    expect(plans).toContainEqual(expect.stringMatching(/^SEARCH registry_tags_members/));
    expect(plans.filter((plan) => /^SCAN (registry|status)\b/.test(plan))).toEqual([]);
  });

  it("filters by the time when a device was last connected", () => {
    for (const id of ["now", "early", "late", "never"]) history.register(id);
    history.open("now");
    const [early, late] = [history.open("early").seq, history.open("late").seq];
    const gone = history.close("early", early).time;
    const later = history.close("late", late).time;
    expect(list({}).items.find(({ id }) => id === "early")).toMatchObject({ lastSeen: gone });
    expect(ids({ seenSince: later })).toEqual(["late", "now"]);
    expect(ids({ seenSince: "2026-01-01T01:00:07.000+01:00" })).toEqual(["early", "late", "now"]);
    expect(ids({ notSeenSince: later })).toEqual(["early", "never"]);
    expect(ids({ notSeenSince: later, seenSince: gone })).toEqual(["early"]);
    expect(ids({ notSeenSince: later, search: "nev" })).toEqual(["never"]);
  });

  it("has no last-seen time while a device is connected, or after it was registered again", () => {
    history.register("a");
    history.close("a", history.open("a").seq);
    history.open("a");
    expect(list({}).items[0]).not.toHaveProperty("lastSeen");
    const retired = history.retire("a").time;
    expect(list({ status: "retired" }).items[0]).toMatchObject({ lastSeen: retired });
    history.register("a");
    expect(list({}).items[0]).not.toHaveProperty("lastSeen");
  });

  it("sorts numbers in names and versions by value", () => {
    for (const [id, name, firmware] of [
      ["a", "pump 10", "2.10.0"],
      ["b", "Pump 9", "2.9.0"],
      ["c", "pump 2", "10.0"],
    ] as const) {
      history.register(id, { name });
      history.profile(id, { firmware });
    }
    history.register("d");
    expect(ids({ sort: "name" })).toEqual(["c", "b", "a", "d"]);
    expect(ids({ sort: "-name" })).toEqual(["a", "b", "c", "d"]);
    expect(ids({ sort: "firmware" })).toEqual(["b", "a", "c", "d"]);
    expect(ids({ sort: "-firmware" })).toEqual(["c", "a", "b", "d"]);
  });

  it("sorts by attention: disconnected devices first, the last disconnected device before all others", () => {
    for (const id of ["old", "new", "unused", "on", "longer"]) history.register(id);
    history.open("longer");
    history.close("old", history.open("old").seq);
    history.open("on");
    history.close("new", history.open("new").seq);
    history.register("gone");
    history.retire("gone");
    expect(ids({ sort: "attention" })).toEqual(["new", "old", "unused", "on", "longer"]);
    expect(ids({ sort: "-attention" })).toEqual(["longer", "on", "unused", "old", "new"]);
    expect(ids({ sort: "attention", status: "retired" })).toEqual(["gone"]);
  });

  it("refuses offset and cursor together", () => {
    for (const id of ["a", "b"]) history.register(id);
    const { next } = list({ limit: 1 });
    expect(() => list({ cursor: next ?? "", offset: 1 })).toThrow(expect.objectContaining({ field: "offset" }));
  });

  it.each(["attention", "status", "-since", "lastSeen", "name"] as const)(
    "reports on later pages in the order %s that devices may have moved since the first page",
    (sort) => {
      for (const id of ["a", "b", "c", "d", "e", "f"]) history.register(id);
      const first = list({ sort, limit: 2 });
      expect(first).not.toHaveProperty("changed");
      const second = list({ sort, limit: 2, cursor: first.next ?? "" });
      expect(second).not.toHaveProperty("changed");
      history.open("a");
      history.profile("a", { model: "X" });
      const third = list({ sort, limit: 2, cursor: second.next ?? "" });
      expect(third.changed).toBe(true);
      // Later pages of this list report the change too. A new list does not.
      expect(list({ sort, limit: 1, cursor: second.next ?? "" }).changed).toBe(true);
      expect(list({ sort, limit: 2 })).not.toHaveProperty("changed");
    },
  );

  it.each(["id", "registeredAt"] as const)("reports no change in the order %s, in which no device moves", (sort) => {
    for (const id of ["a", "b", "c"]) history.register(id);
    const { next } = list({ sort, limit: 1 });
    history.open("c");
    const rest = list({ sort, limit: 2, cursor: next ?? "" });
    expect(rest.items.map(({ id }) => id)).toEqual(["b", "c"]);
    expect(rest).not.toHaveProperty("changed");
  });

  it("reports a change when a projector that is behind answers the second page", () => {
    for (const id of ["a", "b", "c"]) history.register(id);
    const events = [...history.events];
    history.open("a");
    const { next } = list({ sort: "since", limit: 1 });
    views = new ViewStore({ path: ":memory:", projections: FLEET_PROJECTIONS });
    views.apply(events, events.length);
    views.commit();
    expect(answer("devices.list", views, { sort: "since", limit: 1, cursor: next ?? "" }).changed).toBe(true);
  });

  it("refuses a cursor of another order", () => {
    for (const id of ["a", "b"]) history.register(id);
    const { next } = list({ limit: 1, sort: "name" });
    expect(() => list({ cursor: next ?? "", sort: "-name" })).toThrow(expect.objectContaining({ field: "cursor" }));
  });

  // Up to 5,000 matches are sorted; with more, an index is read in order. Both must give the same order.
  describe.each([300, 6_000])("of %i devices", (devices) => {
    let fleet: ViewStore;
    beforeAll(() => {
      fleet = new ViewStore({ path: ":memory:", projections: FLEET_PROJECTIONS });
      const lives = new FleetHistory(devices, 7);
      for (const events of [lives.registrations(), lives.next(devices * 2)]) {
        fleet.apply(events, events.at(-1)?.seq ?? 0);
        fleet.commit();
      }
    });
    const ask = (params: Params) => answer("devices.list", fleet, params);

    it.each<[DeviceOrder, Params]>(
      DEVICE_ORDERS.flatMap((sort): [DeviceOrder, Params][] => [
        [sort, {}],
        [sort, { status: "connected" }],
        [sort, { search: "pump", status: "disconnected" }],
      ]),
    )("pages by %s where %j, and leaves no device out", (sort, where) => {
      const limit = Math.ceil(devices / 7);
      const paged: string[] = [];
      const blank = new Set<string>();
      const column = sort.replace("-", "");
      let cursor: string | null = null;
      let total = 0;
      do {
        const page: ReturnType<typeof ask> = ask({ ...where, sort, limit, ...(cursor === null ? {} : { cursor }) });
        paged.push(...page.items.map(({ id }) => id));
        for (const item of page.items) {
          if (["name", "model", "firmware"].includes(column) && !(column in item)) blank.add(item.id);
        }
        cursor = page.next;
        total = page.total;
      } while (cursor !== null);
      expect(new Set(paged).size).toBe(paged.length);
      expect(paged.length).toBe(total);
      const offset = Math.floor(total / 2);
      const middle = ask({ ...where, sort, limit: 20, offset });
      expect(middle.items.map(({ id }) => id)).toEqual(paged.slice(offset, offset + 20));
      expect(middle.total).toBe(total);
      // The order is reversed, except that devices without a value still come last.
      const turned = sort.startsWith("-") ? sort.slice(1) : `-${sort}`;
      const [named, nameless] = [paged.filter((id) => !blank.has(id)), paged.filter((id) => blank.has(id))];
      expect(paged).toEqual([...named, ...nameless]);
      const around = [...named.toReversed(), ...nameless.toReversed()];
      for (const from of [0, Math.max(0, named.length - 10), Math.max(0, total - 20)]) {
        const part = ask({ ...where, sort: turned as DeviceOrder, limit: 20, offset: from });
        expect(part.items.map(({ id }) => id)).toEqual(around.slice(from, from + 20));
      }
      expect(ask({ ...where, sort, offset: total })).toMatchObject({ items: [], next: null, total });
    });
  });
});
