import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../system/root.ts";
import { SETTINGS_PAGE, withSettings } from "./settings-page.ts";

it("the page of settings has the table that is generated from the schema", () => {
  const page = readFileSync(join(root, SETTINGS_PAGE), "utf8");
  expect(page).toBe(withSettings(page));
});
