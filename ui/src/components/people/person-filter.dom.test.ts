// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { personNames } from "../../state/person-names.ts";
import { session } from "../../state/session.ts";
import { all, eventsOf, mount, one, settled, textOf, type, unmountAll } from "../../testing/dom.ts";
import { type StubGateway, stubGateway } from "../../testing/gateway.ts";
import { PersonFilter } from "./person-filter.ts";

const ADA = "f2b7c1de-90aa-4b8c-8f43-2a1d5f0c7e64";
const BEN = "0c2f3b6f-6f0e-4a43-8d8f-8b0f7a521f11";
const GONE = "3b1d5f0c-6f0e-4a43-8d8f-8b0f7a521f11";
const OWN = "7d3c1f5a-6f0e-4a43-8d8f-8b0f7a521f11";
const PEOPLE = [
  { id: ADA, email: "ada@example.org", givenName: "Ada" },
  { id: BEN, email: "ben@example.org", givenName: "Ben" },
];

let people: typeof PEOPLE;
let gateway: StubGateway;
const as = (role: string) =>
  session.set({ state: "signed-in", info: { operator: { id: OWN, name: "Own Name", role } } as never });
beforeEach(() => {
  personNames.set(new Map());
  people = PEOPLE;
  gateway = stubGateway((_method, { pathname }) =>
    pathname === "/api/people"
      ? { body: { items: people, total: people.length, next: null } }
      : { body: PEOPLE.find(({ id }) => pathname.endsWith(id)) },
  );
  vi.stubGlobal("fetch", gateway.fetch);
});
afterEach(() => {
  unmountAll();
  session.set({ state: "signed-out" });
  vi.unstubAllGlobals();
});

const input = (filter: PersonFilter) => one<HTMLInputElement>(filter, "input");
const suggested = (filter: PersonFilter) => all(filter, "option").map((option) => option.getAttribute("value"));

it("owners choose among all people by name, once they use the field", async () => {
  as("owner");
  const filter = await mount(new PersonFilter());
  const filters = eventsOf(filter, "filter");
  expect(gateway.calls.filter((call) => call.includes("/people"))).toEqual([]);
  input(filter).dispatchEvent(new FocusEvent("focusin", { bubbles: true, composed: true }));
  await vi.waitFor(async () => {
    await settled(filter);
    expect(suggested(filter)).toEqual(["Ada", "Ben", "admin"]);
  });
  type(input(filter), "Ben");
  expect(filters).toEqual([BEN]);
  filter.value = ADA;
  await settled(filter);
  expect(input(filter).value).toBe("Ada");
});

it("a name that was typed before the names had come is found afterwards", async () => {
  as("admin");
  const filter = await mount(new PersonFilter());
  const filters = eventsOf(filter, "filter");
  filter.addEventListener("filter", (event) => {
    filter.value = (event as CustomEvent<string>).detail;
  });
  input(filter).dispatchEvent(new FocusEvent("focusin", { bubbles: true, composed: true }));
  type(input(filter), "ben@example.org");
  await vi.waitFor(() => expect(filters).toEqual(["ben@example.org", BEN]));
  await vi.waitFor(async () => {
    await settled(filter);
    expect(input(filter).value).toBe("Ben");
  });
});

it("somebody who may not list people chooses from the names on the page and the own name", async () => {
  as("operator");
  const filter = await mount(new PersonFilter(), { known: [OWN, ADA] });
  const filters = eventsOf(filter, "filter");
  input(filter).dispatchEvent(new FocusEvent("focusin", { bubbles: true, composed: true }));
  await settled(filter);
  expect(suggested(filter)).toEqual(["admin", "Own Name", "f2b7c1de…"]);
  type(input(filter), "own name");
  type(input(filter), ADA);
  expect(filters).toEqual([OWN, ADA]);
  expect(gateway.calls.filter((call) => call.includes("/people"))).toEqual([]);
});

it("the field says that a text means several people, or nobody", async () => {
  as("owner");
  people = [...PEOPLE, { id: OWN, email: "ben@example.com", givenName: "Ben" }];
  const filter = await mount(new PersonFilter());
  const noted = async (value: string) => {
    filter.value = value;
    await vi.waitFor(async () => {
      await settled(filter);
      expect(suggested(filter)).toContain("Ada");
    });
    return all(filter, "[role=status]").map(textOf);
  };
  expect(await noted("ben")).toEqual(["Several people: choose one."]);
  expect(await noted("zoe")).toEqual(["Nobody of this name here."]);
  for (const value of ["", "admin", BEN, GONE, `provision-requests/${BEN}`]) expect(await noted(value)).toEqual([]);
});

it("a link with a name finds the person", async () => {
  as("owner");
  const filter = new PersonFilter();
  const filters = eventsOf(filter, "filter");
  await mount(filter, { value: "ada@example.org" });
  await vi.waitFor(() => expect(filters).toEqual([ADA]));
});
