// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from "vitest";
import { paths } from "../../state/paths.ts";
import { mount, one, settled, unmountAll } from "../../testing/dom.ts";
import { HistorySections } from "./history-sections.ts";

afterEach(() => {
  unmountAll();
  vi.restoreAllMocks();
});

it("the sections scroll to the current page's link, which a phone would not show otherwise", async () => {
  // A bar of 300 px with links of 100 px.
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(300);
  vi.spyOn(HTMLElement.prototype, "scrollWidth", "get").mockImplementation(function (this: Element) {
    return this.localName === "ul" ? 400 : 100;
  });
  vi.spyOn(Element.prototype, "getBoundingClientRect").mockImplementation(function (this: Element) {
    if (this.localName === "ul") return new DOMRect(0, 0, 300, 40);
    const links = this.closest("ul")?.querySelectorAll("a") ?? [];
    return new DOMRect([...links].indexOf(this as HTMLAnchorElement) * 100, 0, 100, 40);
  });
  const sections = await mount(new HistorySections(), { here: paths.exports });
  const bar = one(sections, "ul");
  // Exports is the fourth link: its middle is 200 px to the right of the bar's.
  expect(bar.scrollLeft).toBe(200);
  bar.scrollLeft = 0;
  sections.here = paths.sql;
  await settled(sections);
  expect(bar.scrollLeft).toBe(100);
});
