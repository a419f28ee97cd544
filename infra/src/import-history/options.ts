import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { readCommandLine } from "../../bootstrap/command-line.mjs";
import { importHistory } from "../../bootstrap/commands/import-history.mjs";

export interface ImportHistoryOptions {
  readonly files: readonly string[];
  /** The environment, with the target's settings. */
  readonly env: NodeJS.ProcessEnv;
  readonly renumber: boolean;
  readonly dryRun: boolean;
}

/**
 * Files and folders are named from the folder in which npm was called.
 * @throws Error of one line that names the option
 */
export async function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): Promise<ImportHistoryOptions> {
  const { options, positionals } = readCommandLine(args, importHistory);
  const path = (name: string) => resolve(env.INIT_CWD ?? ".", name);
  if (positionals.length === 0) {
    throw new Error(`a file of an export is needed; see ${importHistory.call} -- --help`);
  }
  const files = positionals.map(path);
  for (const file of files) {
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile() !== true) throw new Error(`there is no file ${file}`);
  }
  const { to } = options;
  return {
    files,
    env: { ...env, ...(typeof to === "string" && targetOf(to, path)) },
    renumber: "renumber" in options,
    dryRun: "dry-run" in options,
  };
}

function targetOf(to: string, path: (name: string) => string): NodeJS.ProcessEnv {
  return /^(?:nats|tls|wss?):\/\//.test(to) ? { FLEETLOG_NATS_URL: to } : { FLEETLOG_DATA_DIR: path(to) };
}
