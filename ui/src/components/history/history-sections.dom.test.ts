// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from "vitest";
import { paths } from "../../state/paths.ts";
import { mount, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { HistorySections } from "./history-sections.ts";

afterEach(() => {
  unmountAll();
  vi.restoreAllMocks();
});

it("the sections scroll to the current page's link, which a phone would not show otherwise", async () => {
  const shown: string[] = [];
  vi.spyOn(Element.prototype, "scrollIntoView").mockImplementation(function (this: Element) {
    shown.push(textOf(this));
  });
  const sections = await mount(new HistorySections(), { here: paths.exports });
  sections.here = paths.sql;
  await settled(sections);
  expect(shown).toEqual(["Exports", "SQL"]);
});
