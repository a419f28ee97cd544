import { chmod, lstat, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isExecutable } from "../../system/programs.ts";
import { type NatsServerProgram, PINNED, programAt } from "./version.ts";
import { type Machine, passedOver, type Way } from "./way.ts";

export function fileName(platform: string): string {
  return platform.startsWith("win32") ? "nats-server.exe" : "nats-server";
}

export function cachedVersion(version: string): Way {
  return {
    downloads: false,
    async find(machine) {
      const path = cachedPath(machine, version);
      if (!isExecutable(path)) return passedOver();
      try {
        const problem = (await notOurs(path)) ?? (await notOurs(dirname(path)));
        if (problem !== undefined) return passedOver(problem);
        const program = await programAt(path);
        return program.version === version ? program : passedOver(`${path} is ${program.version}, not ${version}`);
      } catch (error) {
        return passedOver(`${path} can't be used: ${(error as Error).message}`);
      }
    },
  };
}

export const cached: Way = cachedVersion(PINNED);

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
  const path = cachedPath(machine, wanted);
  const folder = join(machine.cache, wanted);
  let temporary: string | undefined;
  try {
    await makeFolder(folder);
    const problem = await notOurs(folder);
    if (problem !== undefined) return { why: problem };
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

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Error(`it can't be kept: ${(error as Error).message}. XDG_CACHE_HOME can name another folder`);
  }
}

function cachedPath({ cache, platform }: Machine, version: string): string {
  return join(cache, version, fileName(platform));
}

/** Why nothing may be run from a file or folder: another user can write it. Undefined if only this user can. */
async function notOurs(path: string): Promise<string | undefined> {
  const uid = process.getuid?.();
  if (uid === undefined) return undefined;
  const entry = await lstat(path);
  if (entry.uid === uid && (entry.mode & 0o022) === 0) return undefined;
  return `${path} belongs to or can be written by another user; remove it`;
}
