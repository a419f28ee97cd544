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
 * Finds nats-server: `NATS_SERVER_BIN`, else on the PATH, else by `apt-get install` if this process is root on Debian or
 * Ubuntu.
 * @throws Error that says how to install it on this system
 */
export async function findNatsServer(
  env: NodeJS.ProcessEnv = process.env,
  say: (line: string) => void = () => undefined,
): Promise<NatsServerProgram> {
  const named = env.NATS_SERVER_BIN;
  if (named !== undefined && named !== "") {
    if (!isExecutable(named)) throw new Error(`NATS_SERVER_BIN is ${named}, which is not an executable file`);
    return { path: named, version: await versionOf(named) };
  }
  let path = findProgram("nats-server", env.PATH);
  if (path === undefined && canAptInstall()) {
    say("nats-server is not installed; installing it");
    if (await aptInstall("nats-server", say)) path = findProgram("nats-server", env.PATH);
  }
  if (path === undefined) throw new Error(`nats-server was not found. ${howToInstall(process.platform)}`);
  return { path, version: await versionOf(path) };
}

/** How to install nats-server on a platform, in words. */
export function howToInstall(platform: NodeJS.Platform): string {
  const command =
    platform === "darwin"
      ? "Install it with: brew install nats-server"
      : platform === "win32"
        ? "Install it with: choco install nats-server"
        : "Install it with: sudo apt-get install nats-server (Debian, Ubuntu), or the package of your distribution";
  return `${command}; or download a release of github.com/nats-io/nats-server (2.9.10 or newer) and set NATS_SERVER_BIN to its path.`;
}

async function versionOf(path: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(path, ["--version"]);
  const version = /v?(\d+\.\d+\.\d+)/.exec(`${stdout}${stderr}`)?.[1];
  if (version === undefined)
    throw new Error(`${path} does not look like nats-server: --version prints "${stdout.trim()}"`);
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
