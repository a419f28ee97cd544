import type { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { readCommandLine } from "../../bootstrap/command-line.mjs";
import { importFrom } from "../../bootstrap/commands/import-from.mjs";
import { authoritiesIn } from "./plan/certificates.ts";

export interface ImportOptions {
  readonly system: "tpedm" | "libpyiotcloud";
  /** The older system's file. */
  readonly file: string;
  readonly url: string;
  readonly key: string;
  readonly account: string | undefined;
  readonly authorities: readonly X509Certificate[];
  readonly links: string | undefined;
  readonly report: string;
  readonly dryRun: boolean;
}

const URL_HERE = "http://127.0.0.1:8080";
const REPORT = "import-report.jsonl";
const ONLY_LIBPYIOTCLOUD = ["authority", "links"];

/**
 * Files are named from the folder in which npm was called.
 * @throws Error of one line that names the option
 */
export async function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): Promise<ImportOptions> {
  const { options } = readCommandLine(args, importFrom);
  const given = (name: string) => (typeof options[name] === "string" ? options[name] : undefined);
  const path = (name: string) => resolve(env.INIT_CWD ?? ".", name);
  const pathOf = (name: string) => {
    const value = given(name);
    return value === undefined ? undefined : path(value);
  };
  const system = given("tpedm") === undefined ? "libpyiotcloud" : "tpedm";
  const file = pathOf(system);
  if (file === undefined)
    throw new Error(
      `--tpedm or --libpyiotcloud is needed: the file of the older system; see ${importFrom.call} -- --help`,
    );
  if (system === "tpedm") {
    const useless = ONLY_LIBPYIOTCLOUD.find((name) => name in options);
    if (useless !== undefined) throw new Error(`--${useless} is for --libpyiotcloud`);
  }
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) throw new Error(`--${system}: there is no file ${file}`);
  const authority = pathOf("authority");
  const links = pathOf("links");
  const report = pathOf("report") ?? path(REPORT);
  for (const [name, other] of [
    ["report", report],
    ["links", links],
  ])
    if (other === file) throw new Error(`--${name} is the file to import`);
  if (links === report) throw new Error("--links and --report must be different files");
  return {
    system,
    file,
    url: given("url") ?? URL_HERE,
    key: await keyIn(pathOf("key-file"), env),
    account: given("account"),
    authorities: authority === undefined ? [] : authoritiesIn(await textOf("authority", authority)),
    links,
    report,
    dryRun: "dry-run" in options,
  };
}

async function keyIn(file: string | undefined, env: NodeJS.ProcessEnv): Promise<string> {
  const key = (file === undefined ? env.IMPORT_API_KEY : await textOf("key-file", file))?.trim();
  if (key === undefined || key === "")
    throw new Error("an API key is needed: in a file (--key-file), or as the variable IMPORT_API_KEY");
  if (!/^[\x21-\x7e]+$/.test(key)) throw new Error("the API key has characters that API keys never have");
  return key;
}

async function textOf(option: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`--${option}: ${path} can't be read (${code === "ENOENT" ? "there is no such file" : code})`);
  }
}
