import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";

const ROOT = import.meta.dirname;

const sources = globSync("**/*.ts", { cwd: ROOT })
  .filter((file) => !file.endsWith(".test.ts"))
  .map((file) => ({ file, text: readFileSync(join(ROOT, file), "utf8") }));

const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = ""]) => found);

const definedIn = new Map(
  sources.flatMap(({ file, text }) => all(text, /@customElement\("([\w-]+)"\)/g).map((tag) => [tag, file] as const)),
);

it("finds the elements and their uses", () => {
  expect(definedIn.size).toBeGreaterThan(100);
  expect(definedIn.get("fl-outlet")).toBe("app/outlet.ts");
});

// Without the import, a page would have the element only if a page that was shown before had imported it.
it("each file imports the elements of its templates", () => {
  const missing = sources.flatMap(({ file, text }) => {
    const imported = all(text, /(?:\bfrom |\bimport |\bimport\()"(\.[^"]+)"/g).map((to) => join(dirname(file), to));
    return [...new Set(all(text, /<(fl-[\w-]+)/g))].flatMap((tag) => {
      const from = definedIn.get(tag);
      return from === file || (from !== undefined && imported.includes(from)) ? [] : [`${file}: ${tag}`];
    });
  });
  expect(missing).toEqual([]);
});
