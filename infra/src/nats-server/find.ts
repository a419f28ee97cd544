import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { aptInstall, canAptInstall } from "../system/apt.ts";
import { findProgram, isExecutable } from "../system/programs.ts";

/** A nats-server program on this machine. */
export interface NatsServerProgram {
  readonly path: string;
  /** Such as `2.9.10`. */
  readonly version: string;
}

/**
 * Finds nats-server: `NATS_SERVER_BIN`, else the PATH, else `apt-get install` where this process is root on Debian or
 * Ubuntu. Throws one error that says how to get it on this system.
 */
export async function findNatsServer(
  env: NodeJS.ProcessEnv = process.env,
  say: (line: string) => void = () => undefined,
): Promise<NatsServerProgram> {
  const named = env.NATS_SERVER_BIN;
  if (named !== undefined && named !== "") {
    if (!isExecutable(named)) throw new Error(`NATS_SERVER_BIN is ${named}, which is not a program that can be run`);
    return { path: named, version: await versionOf(named) };
  }
  let path = findProgram("nats-server", env.PATH);
  if (path === undefined && canAptInstall()) {
    say("nats-server is not installed; installing it");
    if (await aptInstall("nats-server", say)) path = findProgram("nats-server", env.PATH);
  }
  if (path === undefined) throw new Error(`nats-server was not found. ${howToGet(process.platform)}`);
  return { path, version: await versionOf(path) };
}

/** How a person gets nats-server on a platform. */
export function howToGet(platform: NodeJS.Platform): string {
  const how =
    platform === "darwin"
      ? "Install it with: brew install nats-server"
      : platform === "win32"
        ? "Install it with: choco install nats-server"
        : "Install it with: sudo apt-get install nats-server (Debian, Ubuntu), or the package of your distribution";
  return `${how}; or put a release of github.com/nats-io/nats-server (2.9.10 or newer) anywhere and set NATS_SERVER_BIN to it.`;
}

async function versionOf(path: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(path, ["--version"]);
  const version = /v?(\d+\.\d+\.\d+)/.exec(`${stdout}${stderr}`)?.[1];
  if (version === undefined) throw new Error(`${path} does not look like nats-server: it says "${stdout.trim()}"`);
  return version;
}

/** Whether a version such as `2.9.10` is at least another. */
export function isAtLeast(version: string, least: string): boolean {
  const [have, want] = [version, least].map((text) => text.split(".").map(Number));
  for (const [index, number] of (want ?? []).entries()) {
    const difference = (have?.[index] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
