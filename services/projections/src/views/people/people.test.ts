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

it("lists people in the order of their creation, with sealed addresses, by account, page by page", () => {
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

it("gives one person, unless they are of another account", () => {
  invite("z", "main");
  expect(answer("people.get", built(), { id: "z" })).toMatchObject({ id: "z", role: "operator" });
  expect(answer("people.get", built(), { id: "z", accounts: ["north"] })).toBeNull();
  expect(answer("people.get", built(), { id: "nobody" })).toBeNull();
});

it("has the state of the newest mail to a person", () => {
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
