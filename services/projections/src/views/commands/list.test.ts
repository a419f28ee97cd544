import { COMMAND_FILTER_STATES, COMMAND_STATES, type CommandResource, type Queries } from "@fleetlog/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { answer } from "../../fixtures/asking.ts";
import { History } from "../../fixtures/history.ts";
import { ViewStore } from "../../store/store.ts";
import { FLEET_PROJECTIONS } from "../index.ts";

type Params = Queries["commands.list"]["params"];

let history: History;
let views: ViewStore;
let all: readonly CommandResource[];

beforeEach(() => {
  history = new History();
  views = new ViewStore({ path: ":memory:", projections: FLEET_PROJECTIONS });
  for (const device of ["a", "b"]) history.register(device);
  for (let i = 0; i < 3 * COMMAND_STATES.length; i++) {
    const command = `c${i}`;
    const device = i % 4 < 2 ? "a" : "b";
    const data = { command, device, name: "x", deadline: "2026-01-02T00:00:00Z", by: i % 5 < 3 ? "ada" : "bo" };
    history.add(device, { type: "CommandIssued", data });
    become(COMMAND_STATES[i % COMMAND_STATES.length] ?? "issued", device, command);
  }
  settle();
  all = list({}).items;
});

function become(state: (typeof COMMAND_STATES)[number], device: string, command: string): void {
  if (state !== "issued") history.deliver(device, command, 1);
  if (state === "completed") history.complete(device, command, 1, "done");
  if (state === "failed") history.fail(device, command, 1, { code: "no", message: "no" });
  if (state === "expired") {
    history.add(device, { type: "CommandExpired", data: { command, device, deadline: "2026-01-02T00:00:00Z" } });
  }
  if (state === "cancelled") history.add(device, { type: "CommandCancelled", data: { command, device, by: "ada" } });
}

function settle(): void {
  views.apply(history.events.splice(0), history.seq);
  views.commit();
}

const list = (params: Params) => answer("commands.list", views, params);
const ids = (items: readonly { id: string }[]) => items.map(({ id }) => id);
const isOpen = ({ state }: CommandResource) => state === "issued" || state === "delivered";

function matching({ state, device, by }: Params): readonly CommandResource[] {
  return all.filter(
    (one) =>
      (state?.some((wanted) => wanted === one.state || wanted === (isOpen(one) ? "open" : "ended")) ?? true) &&
      (device === undefined || one.device === device) &&
      (by === undefined || one.issuedBy === by),
  );
}

it("have a result or an error once they have ended", () => {
  const { deadline } = all[0] ?? {};
  expect(new Map(all.map(({ state, result, error }) => [state, error ?? result]))).toEqual(
    new Map<string, unknown>([
      ["issued", undefined],
      ["delivered", undefined],
      ["completed", "done"],
      ["failed", { code: "no", message: "no" }],
      ["expired", { code: "expired", message: `the device has not answered before ${deadline}` }],
      ["cancelled", { code: "cancelled", message: "it was cancelled before the device answered" }],
    ]),
  );
});

const STATES = [
  undefined,
  ...COMMAND_FILTER_STATES.map((state) => [state]),
  ["open", "ended"],
  ["issued", "delivered"],
  ["open", "failed"],
  ["failed", "completed", "issued"],
  ["issued", "open", "issued"],
] as (Params["state"] | undefined)[];

describe("commands.list by state", () => {
  const people = [{}, { device: "a" }, { by: "bo" }, { device: "b", by: "ada" }];
  const cases = STATES.flatMap((state) => people.map((who): Params => ({ ...(state && { state }), ...who })));

  it("has commands of every state", () => {
    expect(all).toHaveLength(18);
    expect(new Set(all.map(({ state }) => state))).toEqual(new Set(COMMAND_STATES));
  });

  it.each(cases)("pages through all matches of %j, newest first, with their total", (params) => {
    const expected = matching(params);
    expect(list(params)).toEqual({ items: expected, next: null, total: expected.length });
    const paged: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = list({ ...params, limit: 2, ...(cursor !== undefined && { cursor }) });
      expect(page.total).toBe(expected.length);
      paged.push(...ids(page.items));
      cursor = page.next;
    }
    expect(paged).toEqual(ids(expected));
  });

  it("keeps its counts correct while commands change", () => {
    expect(list({ state: ["open"] }).total).toBe(6);
    const first = matching({ state: ["delivered"] })[0];
    history.complete(first?.device ?? "", first?.id ?? "", 1, "done");
    settle();
    expect(list({ state: ["open"] }).total).toBe(5);
    expect(list({ state: ["completed"] }).total).toBe(4);
  });
});

describe("commands.list by device, name and time", () => {
  beforeEach(() => {
    history.register("pump-7", { name: "Cold store", tags: ["hall"] });
    history.profile("pump-7", { model: "HX-200" });
    for (const [command, device, name] of [
      ["n1", "pump-7", "reboot"],
      ["n2", "a", "reboot-now"],
      ["n3", "pump-7", "set-speed"],
    ] as const) {
      const data = { command, device, name, deadline: "2026-01-02T00:00:00Z", by: "ada" };
      history.add(device, { type: "CommandIssued", data });
    }
    settle();
  });
  const found = (params: Params) => ids(list(params).items);

  it.each([
    [{ search: "old sto" }, ["n3", "n1"]],
    [{ search: "hx-200 HALL" }, ["n3", "n1"]],
    [{ search: "pump", state: ["failed"] }, []],
    [{ search: "nowhere" }, []],
    [{ name: "reboot" }, ["n1"]],
    [{ name: "reboot*" }, ["n2", "n1"]],
    [{ name: "re*", search: "cold" }, ["n1"]],
    [{ name: "boot*" }, []],
  ] as [Params, string[]][])("for %j finds only the matching commands", (params, expected) => {
    expect(found(params)).toEqual(expected);
    expect(list(params).total).toBe(expected.length);
  });

  it("treats a search without words as no search", () => {
    expect(list({ search: " " }).total).toBe(21);
  });

  it("finds the commands that were issued at or after `since`, and before `until`", () => {
    const [, second = "", first = ""] = list({}).items.map(({ issuedAt }) => issuedAt);
    expect(found({ since: first, until: second })).toEqual(["n1"]);
    expect(found({ since: second })).toEqual(["n3", "n2"]);
    expect(found({ until: first }).slice(0, 1)).toEqual(["c17"]);
  });

  it("finds commands by a search that matches hundreds of devices", () => {
    for (let i = 0; i < 600; i++) history.register(`many${i}`);
    history.issue("many7", "m1");
    settle();
    expect(found({ search: "many" })).toEqual(["m1"]);
  });

  it("finds commands by a search that matches too many devices for a look-up by device ids", () => {
    for (let i = 0; i < 1_200; i++) history.register(`many-${i}`);
    history.issue("many-3", "m1");
    settle();
    expect(found({ search: "many" })).toEqual(["m1"]);
  });
});
