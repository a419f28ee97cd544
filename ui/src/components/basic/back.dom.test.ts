// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { navigate, pageLocation } from "../../state/location.ts";
import { mount, one, unmountAll } from "../../testing/dom.ts";
import { Back } from "./back.ts";

afterEach(unmountAll);
beforeEach(() => navigate("/start", "replace"));

async function back(): Promise<HTMLAnchorElement> {
  return one<HTMLAnchorElement>(await mount(new Back(), { to: "/devices" }), "a");
}
const address = () => pageLocation.value.path + pageLocation.value.search;

it("the back link goes back in the history if the list was the previous page, which keeps the list's state", async () => {
  navigate("/devices");
  navigate("/devices?tag=hall");
  navigate("/devices?tag=hall&sort=-since", "replace");
  navigate("/devices/pump-1");
  const went = vi.spyOn(window.history, "back").mockImplementation(() => {});
  const link = await back();
  expect(link.getAttribute("href")).toBe("/devices?tag=hall&sort=-since");
  link.click();
  expect(went).toHaveBeenCalledOnce();
});

it("the back link leads from a later page to the list in its last state, and keeps the pages between in the history", async () => {
  navigate("/devices?search=pump");
  navigate("/devices/pump-1");
  navigate("/commands/c1");
  navigate("/devices/pump-2");
  const went = vi.spyOn(window.history, "back").mockImplementation(() => {});
  (await back()).click();
  expect([went.mock.calls, address()]).toEqual([[], "/devices?search=pump"]);
});

it("the back link leads to the list as the operator left it, even after the page has replaced its own address", async () => {
  navigate("/devices?tag=hall");
  navigate("/devices/pump-1");
  navigate("/devices/pump-1?history=command", "replace");
  expect((await back()).getAttribute("href")).toBe("/devices?tag=hall");
});
