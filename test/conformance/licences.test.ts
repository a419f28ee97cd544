import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

const read = (path: string) => readFile(new URL(`../../ui/${path}`, import.meta.url), "utf8");

it("the list of licences names every library of the pages, and has the text of each licence", async () => {
  const { dependencies } = JSON.parse(await read("package.json")) as { readonly dependencies: Record<string, string> };
  const libraries = Object.keys(dependencies).filter((name) => !name.startsWith("@fleetlog/"));
  expect(libraries.length).toBeGreaterThan(4);
  const [list = "", ...texts] = (await read("dist/third-party.txt")).split("-".repeat(80));
  for (const name of libraries) expect(list).toMatch(new RegExp(`^${name} \\d+\\.\\S+ \\(.+\\)$`, "m"));
  expect(texts).toHaveLength(list.trim().split("\n").length - 2);
  for (const text of texts) expect(text).toMatch(/copyright|licen[cs]e/i);
});
