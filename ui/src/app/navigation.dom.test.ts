// @vitest-environment happy-dom
import { afterEach, expect, it } from "vitest";
import { all, mount, textOf, unmountAll } from "../testing/dom.ts";
import { Navigation } from "./navigation.ts";

afterEach(unmountAll);

const links = async (path: string) =>
  all(await mount(new Navigation(), { path }), "a").map((link) => [
    textOf(link),
    link.getAttribute("href"),
    link.getAttribute("aria-current"),
  ]);

it("the navigation links to the pages that have a navigation entry, and marks the current page", async () => {
  expect((await links("/devices")).slice(0, 8)).toEqual([
    ["Fleet", "/devices", "page"],
    ["Commands", "/commands", null],
    ["Types", "/device-types", null],
    ["Groups", "/groups", null],
    ["Updates", "/updates", null],
    ["Artifacts", "/artifacts", null],
    ["Gateways", "/gateways", null],
    ["Register", "/register", null],
  ]);
});

it("the navigation marks the fleet's entry on the page of a device", async () => {
  expect((await links("/devices/pump-1"))[0]).toEqual(["Fleet", "/devices", "true"]);
});
