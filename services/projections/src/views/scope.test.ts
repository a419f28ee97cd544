import { isWithin, type RecordedEvent, type Scope } from "@fleetlog/domain";
import { DEVICE_ORDERS, type Queries, type QueryName } from "@fleetlog/protocol";
import { beforeAll, describe, expect, it } from "vitest";
import { answer } from "../fixtures/asking.ts";
import { History } from "../fixtures/history.ts";
import { ViewStore } from "../store/store.ts";
import { FLEET_PROJECTIONS } from "./index.ts";

const TAGS = ["north", "south", "pump", "valve"];
const DEVICES = 60;

function fleet(): History {
  const history = new History();
  history.gateway("GatewayStarted");
  for (let i = 0; i < DEVICES; i++) {
    const device = `d${i}`;
    history.register(device, { name: `Pump ${i}`, tags: TAGS.filter((_, t) => (i >> t) % 2 === 1) });
    if (i % 3 === 0) history.profile(device, { model: i % 2 ? "XT" : "YU", firmware: `${i % 4}.0` });
    if (i % 4 !== 0) {
      const { seq } = history.open(device, i % 5 === 0 ? "g2" : "g1");
      if (i % 4 === 1) history.close(device, seq);
    }
    history.issue(device, `c${i}`);
    if (i % 2 === 0) history.deliver(device, `c${i}`, 1);
    if (i % 6 === 0) history.fail(device, `c${i}`, 1, { code: "no", message: "no" });
    if (i % 7 === 0) history.add(device, { type: "DeviceTagged", data: { device, tags: ["pump"], by: "ada" } });
    if (i % 11 === 0) history.retire(device);
    if (i % 22 === 0) history.register(device, { tags: ["south"] });
  }
  history.gateway("GatewayLost", "g2");
  return history;
}

function tagsOfToday(events: readonly RecordedEvent[]): ReadonlyMap<string, readonly string[]> {
  const tags = new Map<string, readonly string[]>();
  for (const event of events) {
    if (event.type === "DeviceRegistered" || event.type === "DeviceTagged")
      tags.set(event.data.device, event.data.tags);
  }
  return tags;
}

function deviceOf({ data }: RecordedEvent): string | undefined {
  return (data as { readonly device?: string }).device;
}

function built(events: readonly RecordedEvent[], through: number): ViewStore {
  const store = new ViewStore({ path: ":memory:", projections: FLEET_PROJECTIONS });
  store.apply(events, through);
  store.commit();
  return store;
}

const SCOPES: readonly Scope[] = [
  { tags: ["north"] },
  { tags: ["north", "valve"] },
  { tags: [] },
  { tags: ["no'one"] },
  { accounts: ["main"] },
  { accounts: ["main"], tags: ["south"] },
  { accounts: ["other"] },
  { accounts: [] },
];

type Question = { [N in QueryName]: readonly [N, Queries[N]["params"]] }[QueryName];
const QUESTIONS: readonly Question[] = [
  ...DEVICE_ORDERS.map((sort) => ["devices.list", { sort }] as const),
  ["devices.list", { limit: 7, offset: 3 }],
  ["devices.list", { search: "pump 1" }],
  ["devices.list", { search: "pump", status: "connected", sort: "since" }],
  ["devices.list", { tag: "pump" }],
  ["devices.list", { status: "disconnected" }],
  ["devices.list", { status: "retired" }],
  ["devices.list", { model: "XT", sort: "-name" }],
  ["devices.list", { counts: true, limit: 1 }],
  ["devices.list", { counts: true, limit: 1, search: "pump", tag: "pump" }],
  ["devices.declared", { ids: Array.from({ length: DEVICES + 3 }, (_, i) => `d${i}`) }],
  ["devices.rows", { ids: Array.from({ length: DEVICES + 3 }, (_, i) => `d${i}`) }],
  ...Array.from({ length: DEVICES }, (_, i) => ["devices.get", { id: `d${i}` }] as const),
  ["devices.summary", {}],
  ["commands.list", {}],
  ["commands.list", { limit: 5 }],
  ["commands.list", { state: ["open"] }],
  ["commands.list", { state: ["failed", "delivered"], by: "ada" }],
  ["commands.list", { device: "d3" }],
  ["commands.list", { search: "pump 1" }],
  ["commands.list", { name: "re*", since: "2026-01-01T00:01:00Z" }],
  ...Array.from({ length: DEVICES }, (_, i) => ["commands.get", { id: `c${i}` }] as const),
  ...Array.from({ length: DEVICES }, (_, i) => ["commands.pending", { device: `d${i}` }] as const),
  ["commands.open", {}],
  ["gateways.list", {}],
];

describe.each(SCOPES)("within the scope %j", (scope) => {
  const { events, seq } = fleet();
  const tags = tagsOfToday(events);
  let all: ViewStore;
  let within: ViewStore;
  beforeAll(() => {
    all = built(events, seq);
    const inside = events.filter((event) => {
      const device = deviceOf(event);
      return device === undefined || isWithin(scope, { account: "main", tags: tags.get(device) ?? [] });
    });
    within = built(inside, seq);
  });

  it("answers every query as if there were no other devices", () => {
    for (const [name, params] of QUESTIONS) {
      expect(answer(name, all, params, scope), `${name} ${JSON.stringify(params)}`).toEqual(
        answer(name, within, params),
      );
    }
  });

  it("has as many rows on all pages of a list as the list's total", () => {
    const ids: string[] = [];
    let cursor: string | null | undefined;
    let total = 0;
    do {
      const params: Queries["devices.list"]["params"] = { limit: 4, sort: "-name", ...(cursor && { cursor }) };
      const page: Queries["devices.list"]["result"] = answer("devices.list", all, params, scope);
      ids.push(...page.items.map(({ id }) => id));
      ({ next: cursor, total } = page);
    } while (cursor !== null);
    expect(new Set(ids).size).toBe(total);
    expect(ids.length).toBe(total);
  });
});

describe("without a scope", () => {
  it("answers with all devices; an empty scope limits nothing", () => {
    const { events, seq } = fleet();
    const store = built(events, seq);
    const whole = answer("devices.list", store, {});
    expect(whole.total).toBeGreaterThan(50);
    expect(answer("devices.list", store, {}, {})).toEqual(whole);
  });
});
