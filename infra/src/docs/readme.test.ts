import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../system/root.ts";
import { withSettings } from "./readme.ts";

const readme = readFileSync(join(root, "README.md"), "utf8");

describe("README.md", () => {
  it("has the table of settings that is generated from the schema", () => {
    expect(readme).toBe(withSettings(readme));
  });
});
