import { globSync, readFileSync } from "node:fs";
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

it("every program with rpc-websockets in the documentation reconnects without end, as no such client does by default", () => {
  const pages = globSync("{README.md,*/{README.md,docs/*.md},services/*/{README.md,docs/*.md}}", { cwd: root });
  const clients = pages.flatMap((page) =>
    [...readFileSync(join(root, page), "utf8").matchAll(/new Client\(.*/g)].map(([code]) => `${page}: ${code}`),
  );
  expect(clients.length).toBeGreaterThan(2);
  expect(clients.filter((code) => !code.includes("max_reconnects: 0"))).toEqual([]);
});
