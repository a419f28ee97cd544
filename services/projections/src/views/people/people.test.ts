import { afterEach, beforeEach, expect, it } from "vitest";
import { answer } from "../../fixtures/asking.ts";
import { History } from "../../fixtures/history.ts";
import { ViewStore } from "../../store/store.ts";
import { FLEET_PROJECTIONS } from "../index.ts";

const by = "ada";
let history: History;
let store: ViewStore;
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
const invite = (person: string, account: string) => {
  const email = { subject: person, sealed: `v1.${person}` };
  history.add(person, { type: "PersonInvited", data: { person, email, role: "operator", account, tags: ["a"], by } });
};

it("the view lists people in the order of their creation, with sealed addresses, by account, page by page", () => {
  for (const id of ["z", "y", "x"]) invite(id, id === "y" ? "north" : "main");
  history.add("z", { type: "PersonConfirmed", data: { person: "z", by } });
  history.add("x", { type: "PersonMoved", data: { person: "x", from: "main", to: "north", by } });
  const views = built();
  const first = answer("people.list", views, { limit: 2 });
  expect(first).toMatchObject({
    items: [
      { id: "z", status: "active", email: { subject: "z", sealed: "v1.z" }, tags: ["a"], createdBy: "ada", seq: 4 },
      { id: "y", status: "invited", account: "north" },
    ],
    total: 3,
  });
  const { next } = first;
  expect(answer("people.list", views, { limit: 2, cursor: next ?? "" })).toMatchObject({
    items: [{ id: "x" }],
    next: null,
  });
  expect(answer("people.list", views, { accounts: ["north"] }).items.map(({ id }) => id)).toEqual(["y", "x"]);
});

it("the view lists people by their ids, without unknown people and those of another account", () => {
  for (const id of ["z", "y", "x"]) invite(id, id === "y" ? "north" : "main");
  const views = built();
  const listed = (more: { accounts?: string[]; limit?: number }) => {
    const { items, total } = answer("people.list", views, { ids: ["x", "y", "z", "nobody"].toReversed(), ...more });
    return [items.map(({ id }) => id), total];
  };
  expect(listed({})).toEqual([["z", "y", "x"], 3]);
  expect(listed({ accounts: ["main"] })).toEqual([["z", "x"], 2]);
  expect(listed({ limit: 1 })).toEqual([["z"], 3]);
  expect(answer("people.list", views, { ids: ["x"] })).toMatchObject({ items: [{ id: "x" }], next: null, total: 1 });
});

it("the view gives one person, but nobody of another account", () => {
  invite("z", "main");
  expect(answer("people.get", built(), { id: "z" })).toMatchObject({ id: "z", role: "operator" });
  expect(answer("people.get", built(), { id: "z", accounts: ["north"] })).toBeNull();
  expect(answer("people.get", built(), { id: "nobody" })).toBeNull();
});

it("the view shows the state of the newest mail to a person", () => {
  invite("z", "main");
  const mail = { person: "z", mail: "m1", purpose: "reset", by } as const;
  const expiresAt = "2030-01-01T00:00:00.000Z";
  history.add("z", { type: "PersonMailRequested", data: { ...mail, purpose: "invitation", mail: "m0", expiresAt } });
  history.add("z", { type: "PersonMailRequested", data: { ...mail, expiresAt } });
  history.add("z", { type: "PersonMailFailed", data: { ...mail, reason: "550 5.1.1" } });
  const found = answer("people.get", built(), { id: "z" });
  expect(found).toMatchObject({ mail: { purpose: "reset", state: "failed", reason: "550 5.1.1" } });
  expect(found).not.toHaveProperty("mails");
});

it("the view counts the devices that each person can see, within what the caller sees", () => {
  history.register("d1", { tags: ["a"] });
  history.register("d2", { tags: ["b"] });
  history.register("d3");
  history.register("d4", { tags: ["a"] });
  history.add("d4", { type: "DeviceMoved", data: { device: "d4", from: "main", to: "north", history: "along", by } });
  history.retire("d3");
  invite("z", "main");
  invite("y", "north");
  const email = { subject: "x", sealed: "v1.x" };
  history.add("x", { type: "PersonInvited", data: { person: "x", email, role: "admin", account: "main", by } });
  history.add("w", { type: "PersonInvited", data: { person: "w", email, role: "owner", account: "main", by } });
  const devices = (params: { accounts?: string[]; tags?: string[] }) =>
    Object.fromEntries(answer("people.list", built(), params).items.map(({ id, devices }) => [id, devices]));
  expect(devices({})).toEqual({ z: 1, y: 1, x: 3, w: 2 });
  expect(devices({ accounts: ["main"] })).toEqual({ z: 1, x: 2, w: 2 });
  expect(devices({ accounts: ["main"], tags: ["b"] })).toEqual({ z: 0, x: 1, w: 1 });
  history.add("x", { type: "PersonEnded", data: { person: "x", by } });
  expect(answer("people.get", built(), { id: "x" })).not.toHaveProperty("devices");
});

it("the view answers whether somebody with a role can sign in", () => {
  invite("z", "main");
  expect(answer("people.has", built(), { role: "operator" })).toBe(false);
  history.add("z", { type: "PersonConfirmed", data: { person: "z", by } });
  expect(answer("people.has", built(), { role: "operator" })).toBe(true);
  expect(answer("people.has", built(), { role: "admin" })).toBe(false);
  history.add("z", { type: "PersonEnded", data: { person: "z", by } });
  expect(answer("people.has", built(), { role: "operator" })).toBe(false);
});
