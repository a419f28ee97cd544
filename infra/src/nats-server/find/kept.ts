import { chmod, lstat, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { isExecutable } from "../../system/programs.ts";
import { type NatsServerProgram, PINNED, programAt } from "./version.ts";
import { type Machine, passedOver, type Way } from "./way.ts";

export function fileName(platform: string): string {
  return platform.startsWith("win32") ? "nats-server.exe" : "nats-server";
}

export function keptVersion(version: string): Way {
  return {
    downloads: false,
    async find(machine) {
      const path = keptPath(machine, version);
      if (!isExecutable(path)) return passedOver();
      const problem = await notOurs(path);
      if (problem !== undefined) return passedOver(problem);
      try {
        const program = await programAt(path);
        return program.version === version ? program : passedOver(`${path} is ${program.version}, not ${version}`);
      } catch (error) {
        return passedOver(`${path} can't be used: ${(error as Error).message}`);
      }
    },
  };
}

export const kept: Way = keptVersion(PINNED);

/**
 * Fetches a program, checks its version, and keeps it for the next start.
 *
 * @param fetch resolves with the program's path inside a temporary folder, or with the reason why there is none
 */
export async function keepFetched(
  machine: Machine,
  fetch: (folder: string) => Promise<{ readonly path: string } | { readonly why: string }>,
  wanted = PINNED,
): Promise<NatsServerProgram | { readonly why: string }> {
  const path = keptPath(machine, wanted);
  const folder = join(machine.cache, wanted);
  let temporary: string | undefined;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    temporary = await mkdtemp(join(folder, "fetching-"));
    const fetched = await fetch(temporary);
    if ("why" in fetched) return fetched;
    await chmod(fetched.path, 0o700);
    const { version } = await programAt(fetched.path);
    if (version !== wanted) return { why: `what was fetched is nats-server ${version}, not ${wanted}` };
    // A process that fetches at the same time finds either no file or the whole file.
    await rename(fetched.path, path);
    return { path, version };
  } catch (error) {
    if (machine.signal.aborted) throw error;
    return { why: (error as Error).message };
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  }
}

function keptPath({ cache, platform }: Machine, version: string): string {
  return join(cache, version, fileName(platform));
}

/** Why a file must not be run: another user could have written it. */
async function notOurs(path: string): Promise<string | undefined> {
  const uid = process.getuid?.();
  if (uid === undefined) return undefined;
  for (const each of [path, join(path, "..")]) {
    const entry = await lstat(each);
    if (entry.uid !== uid || (entry.mode & 0o022) !== 0)
      return `${each} belongs to or can be written by another user; remove it (${basename(each)})`;
  }
  return undefined;
}
