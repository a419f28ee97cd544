import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * `node pack.ts [folder]`: builds the agent as one npm package of plain JavaScript with type declarations, and packs
 * it. The package includes the packages of this repository that the agent uses; only third-party libraries are
 * dependencies.
 */
const here = fileURLToPath(new URL(".", import.meta.url));
const out = process.argv[2] ?? join(here, "dist");
const folder = join(out, "package");
const lib = join(folder, "lib");

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const tsc = join(here, "../../node_modules/typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-p", join(here, "tsconfig.pack.json"), "--outDir", lib], { stdio: "inherit" });
for (const path of readdirSync(lib, { recursive: true, encoding: "utf8" })) {
  if (/\.(?:js|d\.ts)$/.test(path)) rewriteImports(join(lib, path));
}

/** Replaces each import of `"@fleetlog/x"` by the path of `x` within the packed package. */
function rewriteImports(file: string): void {
  // In declaration files, the compiler leaves imports of `.ts` files as they are.
  const compiled = readFileSync(file, "utf8").replaceAll(/((?:from |import\()"\.[^"]+)\.ts"/g, '$1.js"');
  const text = compiled.replaceAll(/(["'])@fleetlog\/(\w+)\1/g, (_, quote: string, name: string) => {
    const path = relative(dirname(file), join(lib, name, "src/index.js")).replaceAll("\\", "/");
    return `${quote}${path.startsWith(".") ? path : `./${path}`}${quote}`;
  });
  for (const [, path = ""] of text.matchAll(/(?:from |import\()"(\.[^"]+)"/g)) {
    if (!existsSync(join(dirname(file), path))) throw new Error(`${file} imports ${path}, which is not in the package`);
  }
  writeFileSync(file, text);
}

interface Manifest {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
}
const manifestOf = (path: string) => JSON.parse(readFileSync(join(here, path, "package.json"), "utf8")) as Manifest;
const { version, description, license, dependencies } = manifestOf(".");
const all = { ...manifestOf("../protocol").dependencies, ...manifestOf("../runtime").dependencies, ...dependencies };
const manifest = {
  name: "@fleetlog/agent",
  version,
  description,
  license,
  type: "module",
  engines: { node: ">=18" },
  exports: { ".": { types: "./lib/agent/src/index.d.ts", default: "./lib/agent/src/index.js" } },
  files: ["lib"],
  dependencies: Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith("@fleetlog/"))),
};
writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
cpSync(join(here, "README.md"), join(folder, "README.md"));
cpSync(join(here, "../../LICENSE"), join(folder, "LICENSE"));
execFileSync("npm", ["pack", "--pack-destination", out], { cwd: folder, stdio: "inherit" });
