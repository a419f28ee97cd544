// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { personNames } from "../../state/person-names.ts";
import { session } from "../../state/session.ts";
import { mount, one, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { type StubGateway, stubGateway } from "../../testing/gateway.ts";
import { By } from "./by.ts";

const ADA = "f2b7c1de-90aa-4b8c-8f43-2a1d5f0c7e64";
const GONE = "0c2f3b6f-6f0e-4a43-8d8f-8b0f7a521f11";
const OWN = "7d3c1f5a-6f0e-4a43-8d8f-8b0f7a521f11";

const id = (n: number) => `${n.toString(16).padStart(8, "0")}-6f0e-4a43-8d8f-8b0f7a521f11`;
const lookUps = () => gateway.calls.filter((call) => call.includes("/people"));
const callFor = (...ids: string[]) =>
  `GET /api/people?${new URLSearchParams({ ids: ids.join(","), limit: `${ids.length}` })}`;

let gateway: StubGateway;
let isAway: boolean;
const info = (role: string, id = OWN) => ({ operator: { id, name: "ben@example.org", role } }) as never;
const as = (role: string) => session.set({ state: "signed-in", info: info(role) });

beforeEach(() => {
  isAway = false;
  session.set({ state: "signed-out" });
  personNames.set(new Map());
  gateway = stubGateway((_method, { searchParams }) => {
    if (isAway) return { status: 503, body: { status: 503, code: "view-unavailable" } };
    const asked = searchParams.get("ids")?.split(",").includes(ADA);
    const items = asked ? [{ id: ADA, email: "ada@example.org", givenName: "Ada" }] : [];
    return { body: { items, next: null, total: items.length } };
  });
  vi.stubGlobal("fetch", gateway.fetch);
});
afterEach(() => {
  unmountAll();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("the author is named for viewers who may see people, with one call for all names of a page", async () => {
  as("owner");
  const [first, second, gone] = [new By(), new By(), new By()];
  for (const [element, by] of [
    [first, ADA],
    [second, ADA],
    [gone, GONE],
  ] as const)
    await mount(element, { by });
  await vi.waitFor(async () => {
    await settled(second);
    expect([textOf(first), textOf(second)]).toEqual(["Ada", "Ada"]);
  });
  await vi.waitFor(() => expect(personNames.value.size).toBe(2));
  await settled(gone);
  expect([textOf(gone), one(gone, "span").title]).toEqual(["0c2f3b6f…", GONE]);
  await mount(new By(), { by: ADA });
  expect(lookUps()).toEqual([callFor(ADA, GONE)]);
});

it("asks for at most 100 names at once", async () => {
  as("owner");
  const ids = [...Array.from({ length: 150 }, (_, n) => id(n)), ADA];
  for (const by of ids) await mount(new By(), { by });
  await vi.waitFor(() => expect(personNames.value.size).toBe(151));
  expect(personNames.value.get(ADA)).toBe("Ada");
  expect(lookUps()).toEqual([callFor(...ids.slice(0, 100)), callFor(...ids.slice(100))]);
});

it("does not ask again for names that are not for the viewer", async () => {
  gateway = stubGateway(() => ({ status: 403, body: { status: 403, code: "forbidden" } }));
  vi.stubGlobal("fetch", gateway.fetch);
  as("owner");
  const by = await mount(new By(), { by: ADA });
  await vi.waitFor(() => expect(personNames.value.get(ADA)).toBe(""));
  await settled(by);
  expect([textOf(by), lookUps()]).toEqual(["f2b7c1de…", [callFor(ADA)]]);
});

it("other viewers see only the beginning of another person's id, but see their own name and what other callers are", async () => {
  as("operator");
  const shown = async (by: string) => textOf(await mount(new By(), { by }));
  expect(await shown(ADA)).toBe("f2b7c1de…");
  expect(await shown(OWN)).toBe("ben@example.org");
  expect(await shown(`provision-requests/${ADA}`)).toBe("provision request f2b7c1de…");
  expect(await shown("admin")).toBe("admin");
  expect(lookUps()).toEqual([]);
});

it("the names are forgotten when another person signs in, also over the page of an ended session", async () => {
  as("owner");
  const by = await mount(new By(), { by: ADA });
  await vi.waitFor(() => expect(textOf(by)).toBe("Ada"));
  session.set({ state: "ended", info: info("owner") });
  await settled(by);
  expect(textOf(by)).toBe("Ada");
  session.set({ state: "signed-in", info: info("operator", GONE) });
  await settled(by);
  expect(textOf(by)).toBe("f2b7c1de…");
});

it("a name that an earlier viewer has asked for is not kept if it arrives later", async () => {
  const answered = Promise.withResolvers<void>();
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    const response = gateway.fetch(path, init);
    await answered.promise;
    return response;
  });
  as("owner");
  const by = await mount(new By(), { by: ADA });
  await vi.waitFor(() => expect(lookUps()).toHaveLength(1));
  session.set({ state: "signed-out" });
  session.set({ state: "signed-in", info: info("operator", GONE) });
  answered.resolve();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await settled(by);
  expect([textOf(by), personNames.value.size]).toEqual(["f2b7c1de…", 0]);
  expect(lookUps()).toEqual([callFor(ADA)]);
});

it("does not ask for the names of an earlier viewer's page", async () => {
  as("owner");
  await mount(new By(), { by: ADA });
  unmountAll();
  session.set({ state: "signed-in", info: info("owner", GONE) });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(lookUps()).toEqual([]);
});

it("the name is asked for again after the gateway was away", async () => {
  vi.useFakeTimers();
  isAway = true;
  as("owner");
  const by = await mount(new By(), { by: ADA });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(textOf(by)).toBe("f2b7c1de…");
  isAway = false;
  await vi.advanceTimersByTimeAsync(30_000);
  await settled(by);
  expect(textOf(by)).toBe("Ada");
});
