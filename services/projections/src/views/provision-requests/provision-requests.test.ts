import type { ProvisionOrder } from "@fleetlog/domain";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answer } from "../../fixtures/asking.ts";
import { History } from "../../fixtures/history.ts";
import { ViewStore } from "../../store/store.ts";
import { FLEET_PROJECTIONS } from "../index.ts";

let history: History;
let store: ViewStore;
const by = "ada";

beforeEach(() => {
  history = new History();
  store = new ViewStore({ path: ":memory:", projections: FLEET_PROJECTIONS });
});
afterEach(() => store.close());

function built(): ViewStore {
  store.apply(history.events, history.seq);
  store.commit();
  return store;
}

function create(request: string, more: Partial<ProvisionOrder> = {}): void {
  const order: ProvisionOrder = {
    clientId: `mac-${request}`,
    userName: `user-${request}`,
    maxRetries: 0,
    activationKey: false,
    overwrite: false,
    allowPlain: false,
    device: { id: `device-${request}`, tags: ["hall"] },
    bundles: [{ name: "app", version: "1", artifact: { name: "firmware", version: "2" } }],
    ...more,
  };
  history.add(request, { type: "ProvisionRequestCreated", data: { request, by, ...order } });
}
const start = (request: string) => history.add(request, { type: "ProvisionStarted", data: { request } });
const stop = (request: string) => history.add(request, { type: "ProvisionStopped", data: { request, by } });

describe("provision requests", () => {
  it("are listed from the newest, by state and words", () => {
    for (const id of ["a", "b", "c"]) create(id);
    start("b");
    stop("a");
    const list = (params: Parameters<typeof answer<"provisionRequests.list">>[2]) =>
      answer("provisionRequests.list", built(), params).items.map(({ id, state }) => `${id} ${state}`);
    expect(list({})).toEqual(["c CREATED", "b STARTED", "a STOPPED"]);
    expect(list({ open: true })).toEqual(["c CREATED", "b STARTED"]);
    expect(list({ open: false })).toEqual(["a STOPPED"]);
    expect(list({ state: "STARTED" })).toEqual(["b STARTED"]);
    expect(list({ search: "USER-C device" })).toEqual(["c CREATED"]);
    expect(list({ device: "device-a" })).toEqual(["a STOPPED"]);
    create("d", { clientId: "0090E8A1B2C4" });
    expect(["0090e8a1B2C4", "b2c4"].map((search) => list({ search }))).toEqual([["d CREATED"], ["d CREATED"]]);
  });

  it("are found by id, with their author and the time of their last change", () => {
    create("a");
    start("a");
    expect(answer("provisionRequests.get", built(), { id: "a" })).toMatchObject({
      id: "a",
      account: "main",
      state: "STARTED",
      tries: 1,
      createdBy: "ada",
      createdAt: history.events[0]?.time,
      updatedAt: history.events[1]?.time,
      seq: 2,
    });
    expect(answer("provisionRequests.get", built(), { id: "other" })).toBeNull();
  });

  it("are within the scope of their device's tags", () => {
    create("a");
    create("b", { device: { id: "b", tags: [] } });
    const seen = answer("provisionRequests.list", built(), {}, { tags: ["hall"] });
    expect(seen.items.map(({ id }) => id)).toEqual(["a"]);
    expect(seen.total).toBe(1);
    expect(answer("provisionRequests.get", built(), { id: "b" }, { tags: ["hall"] })).toBeNull();
  });

  it("are read page by page while they are open", () => {
    for (const id of ["a", "b", "c"]) create(id);
    stop("b");
    const first = answer("provisionRequests.open", built(), { limit: 1 });
    expect(first.map(({ request }) => request)).toEqual(["a"]);
    const after = first[0]?.ordinal ?? 0;
    expect(answer("provisionRequests.open", built(), { after }).map(({ request }) => request)).toEqual(["c"]);
  });

  it("are listed as users of their artifacts until they end", () => {
    const artifact = { account: "main", name: "firmware", version: "2" };
    create("a");
    expect(answer("provisionRequests.using", built(), artifact)).toBe("a");
    expect(answer("provisionRequests.using", built(), { ...artifact, account: "north" })).toBeNull();
    stop("a");
    expect(answer("provisionRequests.using", built(), artifact)).toBeNull();
  });
});
