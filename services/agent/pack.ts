import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Builds the agent as one npm package of plain JavaScript. npm packs this folder as it is, so `prepack` and `postpack`
 * exchange `package.json`.
 */
const here = fileURLToPath(new URL(".", import.meta.url));
const own = join(here, "package.json");
const saved = join(here, ".package.json.saved");
const license = join(here, "LICENSE");
const [what = join(here, "dist")] = process.argv.slice(2);

if (what === "prepack") prepack();
else if (what === "postpack") postpack();
else packInto(what);

function packInto(out: string): void {
  const folder = join(out, "package");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  build(join(folder, "lib"));
  writeManifest(join(folder, "package.json"));
  cpSync(join(here, "README.md"), join(folder, "README.md"));
  cpSync(join(here, "../../LICENSE"), join(folder, "LICENSE"));
  execFileSync("npm", ["pack", "--pack-destination", out], { cwd: folder, stdio: "inherit" });
}

function prepack(): void {
  // An earlier `npm pack` may have been interrupted.
  if (existsSync(saved)) postpack();
  build(join(here, "lib"));
  cpSync(join(here, "../../LICENSE"), license);
  cpSync(own, saved);
  writeManifest(own);
}

function postpack(): void {
  renameSync(saved, own);
  for (const made of [join(here, "lib"), license]) rmSync(made, { recursive: true, force: true });
}

function build(lib: string): void {
  rmSync(lib, { recursive: true, force: true });
  const tsc = join(here, "../../node_modules/typescript/bin/tsc");
  // Programs read the tarball's name from the stdout of npm pack.
  const stdio = ["ignore", 2, "inherit"] as const;
  execFileSync(process.execPath, [tsc, "-p", join(here, "tsconfig.pack.json"), "--outDir", lib], { stdio: [...stdio] });
  for (const path of readdirSync(lib, { recursive: true, encoding: "utf8" })) {
    if (/\.(?:js|d\.ts)$/.test(path)) rewriteImports(join(lib, path), lib);
  }
}

function rewriteImports(file: string, lib: string): void {
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

function writeManifest(file: string): void {
  const manifestOf = (path: string) => JSON.parse(readFileSync(join(here, path, "package.json"), "utf8")) as Manifest;
  const { version, description, license, dependencies } = manifestOf(".");
  const all = { ...manifestOf("../protocol").dependencies, ...dependencies };
  const types = (name: string) => `./lib/agent/src/${name}.d.ts`;
  const code = (name: string) => `./lib/agent/src/${name}.js`;
  const browser = { types: types("browser"), default: code("browser") };
  const manifest = {
    name: "@fleetlog/agent",
    version,
    description,
    license,
    type: "module",
    engines: { node: ">=18" },
    bin: { "fleetlog-agent": code("program") },
    exports: { ".": { browser, types: types("index"), default: code("index") }, "./browser": browser },
    files: ["lib"],
    dependencies: Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith("@fleetlog/"))),
  };
  writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
}
