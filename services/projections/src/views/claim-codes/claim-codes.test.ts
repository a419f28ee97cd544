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

const make = (code: string, number: number, more: object = {}) =>
  history.add(code, {
    type: "ClaimCodeMade",
    data: { code, by, batch: "spring", number, tags: ["hall"], allowPlain: false, ...more },
  });
const show = (code: string, device: string) =>
  history.add(code, { type: "ClaimCodeShown", data: { code, device, request: `r-${code}` } });
const use = (code: string) =>
  history.add(code, { type: "ClaimCodeUsed", data: { code, account: "north", by: "bob", tags: [] } });

describe("claim codes", () => {
  it("are listed from the newest, with their states", () => {
    for (const [index, code] of ["a", "b", "c", "d", "e"].entries())
      make(code, index + 1, index === 0 ? { serial: "S-77" } : {});
    show("b", "pump-1");
    use("c");
    show("d", "pump-2");
    use("d");
    history.add("e", { type: "ClaimCodeRevoked", data: { code: "e", by } });
    const list = (params: Parameters<typeof answer<"claimCodes.list">>[2]) =>
      answer("claimCodes.list", built(), params).items.map(({ number, state }) => `${number} ${state}`);
    expect(list({})).toEqual(["5 revoked", "4 used", "3 claimed", "2 waiting", "1 free"]);
    expect(list({ state: "waiting" })).toEqual(["2 waiting"]);
    expect(list({ device: "pump-2" })).toEqual(["4 used"]);
    expect(list({ search: "SPRING pump-1" })).toEqual(["2 waiting"]);
    expect(list({ search: "s-77" })).toEqual(["1 free"]);
    expect(list({ batch: "autumn" })).toEqual([]);
    expect(answer("claimCodes.get", built(), { id: "d" })).toMatchObject({
      device: "pump-2",
      claimedBy: "bob",
      claimedFor: "north",
      createdBy: "ada",
    });
  });

  it("are within the scope of their devices' tags", () => {
    make("a", 1);
    make("b", 2, { tags: [] });
    const seen = answer("claimCodes.list", built(), {}, { tags: ["hall"] });
    expect(seen.items.map(({ id }) => id)).toEqual(["a"]);
    expect(seen.total).toBe(1);
  });
});
