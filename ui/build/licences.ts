import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A third-party package with its licence texts. */
export interface Licensed {
  readonly name: string;
  readonly version: string;
  /** The value in its package.json, such as `MIT`. */
  readonly licence: string;
  /** Texts of the licence and notice files; without such files, a text that names the declared licence. */
  readonly texts: readonly string[];
}

const FILES = /^(?:un)?licen[cs]e|^copying|^notice/i;

/** @throws Error if the package neither declares a licence nor has a file with one */
export function licensed(folder: string): Licensed {
  const text = readFileSync(join(folder, "package.json"), "utf8");
  const { name, version, license, author } = JSON.parse(text) as Record<string, unknown>;
  const texts = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && FILES.test(entry.name))
    .map((entry) => readFileSync(join(folder, entry.name), "utf8").trim());
  if (typeof license !== "string" && texts.length === 0)
    throw new Error(`${name} ${version} has no licence (${folder})`);
  const declared = `The package has no licence file; it declares ${license}. Its author: ${nameOf(author)}`;
  return {
    name: String(name),
    version: String(version),
    licence: typeof license === "string" ? license : "see its text",
    texts: texts.length > 0 ? texts : [declared],
  };
}

export function thirdParty(what: string, packages: readonly Licensed[]): string {
  const byName = new Map(packages.map((each) => [titleOf(each), each]));
  const sorted = [...byName].sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = sorted.map(([title, { texts }]) => `${"-".repeat(80)}\n${title}\n\n${texts.join("\n\n")}\n`);
  return [`${what} these third-party packages:\n\n${sorted.map(([title]) => title).join("\n")}\n`, ...parts].join("\n");
}

function titleOf({ name, version, licence }: Licensed): string {
  return `${name} ${version} (${licence})`;
}

function nameOf(author: unknown): string {
  if (typeof author === "object" && author !== null && "name" in author) return String(author.name);
  return typeof author === "string" ? author : "not named";
}
