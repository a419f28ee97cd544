import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseMoment } from "@fleetlog/runtime";
import { readCommandLine } from "../../bootstrap/command-line.mjs";
import { replay } from "../../bootstrap/commands/replay.mjs";
import type { ReplayOptions } from "./options.ts";

const URL_HERE = "http://127.0.0.1:8080";
const FOLDER = "replay";
const MAX_SPEED = 1_000_000;

/**
 * Files are named from the folder in which npm was called.
 * @throws Error of one line that names the option
 */
export async function readReplayOptions(args: readonly string[], env: NodeJS.ProcessEnv): Promise<ReplayOptions> {
  const { options } = readCommandLine(args, replay);
  const given = (name: string) => (typeof options[name] === "string" ? options[name] : undefined);
  const from = momentIn("from", given("from"));
  if (from === undefined)
    throw new Error(`--from is needed: a time or a sequence of FLEET; see ${replay.call} -- --help`);
  const source = given("source") ?? URL_HERE;
  const target = given("target");
  if (target === undefined) throw new Error(`--target is needed: the address of the installation that gets the fleet`);
  const prefix = given("prefix") ?? "";
  const isSame = new URL(source).origin === new URL(target).origin;
  if (isSame && prefix === "")
    throw new Error(
      "--prefix is needed if target and source are the same installation: otherwise the replay would use the source's own devices",
    );
  const speed = Number(given("speed") ?? 1);
  if (!(speed > 0 && speed <= MAX_SPEED)) throw new Error(`--speed must be more than 0, and at most ${MAX_SPEED}`);
  const path = (name: string) => resolve(env.INIT_CWD ?? ".", name);
  const key = async (which: "source" | "target", variable: string | undefined) => {
    const file = given(`${which}-key-file`);
    return file === undefined ? variable : textOf(`${which}-key-file`, path(file));
  };
  const sourceKey = await key("source", env.REPLAY_SOURCE_KEY);
  const targetKey = (await key("target", env.REPLAY_TARGET_KEY)) ?? (isSame ? sourceKey : undefined);
  return {
    source: { url: source, key: checkedKey("source", sourceKey) },
    target: { url: target, key: checkedKey("target", targetKey) },
    from,
    to: momentIn("to", given("to")),
    speed,
    group: given("group"),
    devices: given("device")?.split(",") ?? [],
    prefix,
    folder: path(given("folder") ?? FOLDER),
    replaceTokens: "replace-tokens" in options,
    dryRun: "dry-run" in options,
  };
}

function momentIn(name: string, text: string | undefined): string | number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  if (parseMoment(text) !== undefined) return text;
  throw new Error(`--${name} must be a time such as 2026-01-31T03:00:00Z, or a sequence of FLEET`);
}

function checkedKey(which: "source" | "target", text: string | undefined): string {
  const key = text?.trim() ?? "";
  const variable = `REPLAY_${which.toUpperCase()}_KEY`;
  if (key === "") throw new Error(`the ${which} needs an API key: in a file (--${which}-key-file), or as ${variable}`);
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new Error(`the API key of the ${which} has characters that API keys never have`);
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
