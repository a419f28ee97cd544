import type { RecordedEvent, Scope } from "@fleetlog/domain";
import { beforeAll, describe, expect, it } from "vitest";
import { answer } from "../../fixtures/asking.ts";
import { History } from "../../fixtures/history.ts";
import { ViewStore } from "../../store/store.ts";
import { FLEET_PROJECTIONS } from "../index.ts";
import { scopeOfPast } from "./within.ts";

function built(events: readonly RecordedEvent[], through: number): ViewStore {
  const store = new ViewStore({ path: ":memory:", projections: FLEET_PROJECTIONS });
  store.apply(events, through);
  store.commit();
  return store;
}

const history = new History();
const move = (device: string, to: string, how: "stays" | "along") =>
  history.add(device, { type: "DeviceMoved", data: { device, from: "main", to, history: how, by: "ada" } });
for (const id of ["stayed", "left", "along", "tagged", "untagged"]) {
  history.register(id, { name: id, tags: id === "untagged" ? ["roof"] : ["cellar"] });
  history.issue(id, `command-of-${id}`);
}
const before = history.seq;
move("left", "south", "stays");
const left = history.seq;
move("along", "south", "along");
history.add("tagged", { type: "DeviceTagged", data: { device: "tagged", tags: ["roof"], by: "ada" } });
history.add("untagged", { type: "DeviceTagged", data: { device: "untagged", tags: [], by: "ada" } });

let today: ViewStore;
beforeAll(() => {
  today = built(history.events, history.seq);
});

/** The devices that the scope sees as of the sequence, and their accounts. */
function seen(seq: number, scope: Scope) {
  const then = built(
    history.events.filter((event) => event.seq <= seq),
    seq,
  );
  const past = scopeOfPast(today, scope, seq);
  const { items, total } = answer("devices.list", then, { sort: "name" }, past);
  const commands = answer("commands.list", then, {}, past).items.map(({ device }) => device);
  const summary = answer("devices.summary", then, {}, past);
  expect(total).toBe(items.length);
  expect(summary.total).toBe(items.length);
  expect(summary.openCommands).toBe(commands.length);
  const one = items.map(({ id }) => answer("devices.get", then, { id }, past)?.id);
  expect(one).toEqual(items.map(({ id }) => id));
  expect([...commands].sort()).toEqual(items.map(({ id }) => id).sort());
  return { devices: items.map(({ id }) => id).sort(), accounts: new Set(items.map(({ account }) => account)) };
}

describe("the scope of the past", () => {
  it("has the devices that are in the account today, also from before their move", () => {
    expect(seen(before, { accounts: ["south"] })).toEqual({ devices: ["along"], accounts: new Set(["main"]) });
    expect(seen(before, { accounts: ["main"] }).devices).toEqual(["stayed", "tagged", "untagged"]);
  });

  it("has a device that moved without its history only since the move", () => {
    expect(seen(left - 1, { accounts: ["south"] }).devices).not.toContain("left");
    const since = seenDevices(left, { accounts: ["south"] });
    expect(since).toEqual(["along", "left"]);
  });

  it("has the devices that have a tag today", () => {
    expect(seen(before, { tags: ["roof"] }).devices).toEqual(["tagged"]);
    expect(seen(before, { accounts: ["main"], tags: ["cellar"] }).devices).toEqual(["stayed"]);
    expect(seen(before, { tags: [] }).devices).toEqual([]);
  });

  it("lets filters find what devices had then", () => {
    const then = built(
      history.events.filter(({ seq }) => seq <= before),
      before,
    );
    const past = scopeOfPast(today, { accounts: ["south", "main"] }, before);
    expect(answer("devices.list", then, { tag: "cellar" }, past).items.map(({ id }) => id)).toEqual([
      "along",
      "stayed",
      "tagged",
    ]);
    expect(answer("devices.list", then, { account: "south" }, past).total).toBe(0);
  });
});

/** Commands from before the move are hidden. */
function seenDevices(seq: number, scope: Scope): string[] {
  const then = built(
    history.events.filter((event) => event.seq <= seq),
    seq,
  );
  const past = scopeOfPast(today, scope, seq);
  expect(answer("commands.list", then, {}, past).items.map(({ device }) => device)).toEqual(["along"]);
  return answer("devices.list", then, {}, past)
    .items.map(({ id }) => id)
    .sort();
}
