// @vitest-environment happy-dom
import { afterEach, expect, it } from "vitest";
import { all, mount, one, textOf, unmountAll } from "../testing/dom.ts";
import { ShortcutsHelp } from "./shortcuts-help.ts";

afterEach(unmountAll);

it("the help links to the licences of third parties, beside the version", async () => {
  const about = one(await mount(new ShortcutsHelp()), ".about");
  expect(textOf(about)).toMatch(/^Fleetlog .*Licences of third parties$/);
  expect(all(about, "a").map((link) => link.getAttribute("href"))).toEqual(["/api/openapi.json", "/third-party.txt"]);
});
