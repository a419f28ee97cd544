import { afterEach, beforeEach, expect, it } from "vitest";
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

const group = "g1";
const order = {
  name: "Meters",
  proof: "secret",
  quota: 5,
  enabled: true,
  reenrolment: "refuse",
  allowPlain: false,
} as const;
const bundles = [{ name: "app", version: "1", artifact: { name: "firmware", version: "2" } }];

it("enrolment groups count each device once, and are listed as users of their artifacts until they end", () => {
  const artifact = { account: "main", name: "firmware", version: "2" };
  history.add(group, { type: "EnrolmentGroupCreated", data: { group, by, ...order, tags: ["hall"], bundles } });
  history.add(group, { type: "DeviceEnrolled", data: { group, device: "d1", request: "r1" } });
  history.add(group, { type: "DeviceEnrolled", data: { group, device: "d1", request: "r2", again: true } });
  history.add(group, { type: "DeviceEnrolled", data: { group, device: "d2", request: "r3" } });
  history.add(group, { type: "EnrolmentGroupChanged", data: { group, by, enabled: false, expiresOn: null } });
  expect(answer("enrolmentGroups.get", built(), { id: group })).toMatchObject({ enrolled: 2, enabled: false });
  expect(answer("enrolmentGroups.using", built(), artifact)).toBe(group);
  history.add(group, { type: "EnrolmentGroupEnded", data: { group, by } });
  expect(answer("enrolmentGroups.using", built(), artifact)).toBeNull();
  const list = (params: Parameters<typeof answer<"enrolmentGroups.list">>[2], scope = {}) =>
    answer("enrolmentGroups.list", built(), params, scope).total;
  expect([list({}), list({ ended: false }), list({ search: "METERS" })]).toEqual([1, 0, 1]);
  expect(list({}, { tags: ["roof"] })).toBe(0);
});
