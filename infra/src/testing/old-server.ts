import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isAtLeast, type NatsServerProgram, NEW_ENOUGH, programAt } from "../nats-server/find/version.ts";
import { findProgram, isExecutable, SERVER_FOLDERS } from "../system/programs.ts";

/**
 * The system's own nats-server if older than NEW_ENOUGH, such as Debian 12's 2.9.10.
 *
 * If none is installed, unpacks the system's package into `folder`, which needs no root.
 */
export async function oldServer(
  folder: string,
  env: NodeJS.ProcessEnv = process.env,
  others: readonly string[] = SERVER_FOLDERS,
): Promise<NatsServerProgram | undefined> {
  const paths = [() => findProgram("nats-server", env.PATH, others), () => unpackPackage(folder, env, others)];
  for (const find of paths) {
    const path = find();
    const program = path === undefined ? undefined : await programAt(path).catch(() => undefined);
    if (program !== undefined && !isAtLeast(program.version, NEW_ENOUGH)) return program;
  }
  return undefined;
}

function unpackPackage(folder: string, env: NodeJS.ProcessEnv, others: readonly string[]): string | undefined {
  const [aptGet, dpkgDeb] = ["apt-get", "dpkg-deb"].map((name) => findProgram(name, env.PATH, others));
  if (aptGet === undefined || dpkgDeb === undefined) return undefined;
  const options = { cwd: join(folder, "old-nats-server"), env, stdio: "ignore", timeout: 60_000 } as const;
  mkdirSync(options.cwd, { recursive: true });
  spawnSync(aptGet, ["-q", "download", "nats-server"], options);
  const file = readdirSync(options.cwd).find((name) => name.endsWith(".deb"));
  if (file === undefined) return undefined;
  spawnSync(dpkgDeb, ["-x", file, "."], options);
  return ["usr/sbin", "usr/bin"].map((each) => join(options.cwd, each, "nats-server")).find(isExecutable);
}
