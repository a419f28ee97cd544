// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from "vitest";
import { all, eventsOf, mount, one, settled, textOf, unmountAll } from "../../../testing/dom.ts";
import { stubGateway } from "../../../testing/gateway.ts";
import { ConfigurationRevisions } from "./revisions.ts";

afterEach(() => {
  unmountAll();
  vi.unstubAllGlobals();
});

const all25 = Array.from({ length: 25 }, (_, index) => ({
  ...{ revision: 25 - index, values: {}, setAt: "2026-01-31T12:00:00.000Z", setBy: "ann" },
  ...(index === 0 && { restored: 3 }),
}));

async function shown(restorable: boolean): Promise<ConfigurationRevisions> {
  const { fetch } = stubGateway((_, { searchParams }) => {
    const limit = Number(searchParams.get("limit"));
    return { body: { items: all25.slice(0, limit), ...(limit < 25 && { next: "more" }) } };
  });
  vi.stubGlobal("fetch", fetch);
  const element = await mount(new ConfigurationRevisions(), { device: "pump-1", current: 25, restorable });
  await vi.waitFor(() => expect(all(element, "li")).toHaveLength(10));
  return element;
}

it("older revisions are shown on demand, until all are there", async () => {
  const element = await shown(true);
  for (const length of [20, 25]) {
    one(element, "button", "Show older revisions").click();
    await vi.waitFor(() => expect(all(element, "li")).toHaveLength(length));
    await settled(element);
  }
  expect(all(element, "button").map(textOf)).not.toContain("Show older revisions");
});

it("a revision says who set which values, and any but the current one can be restored", async () => {
  const element = await shown(true);
  const [first = "", second = ""] = all(element, "li").map(textOf);
  expect(first).toMatch(/^Revision 25 set by ann \(the values of revision 3\).* set now/);
  expect(second).toContain("Restore");
  const restored = eventsOf(element, "restore");
  one(element, "[aria-label='Restore revision 24']").click();
  expect(restored).toEqual([expect.objectContaining({ revision: 24 })]);
});

it("no revision can be restored where none can be set", async () => {
  expect(all(await shown(false), "[aria-label^=Restore]")).toEqual([]);
});
