import { tmpdir } from "node:os";
import { atParentsEnd } from "@fleetlog/runtime/node";
import { openRunFolder, type RunFolder } from "./run-folder.ts";

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Does a process's work in its own temporary folder, then exits with the code of the work.
 *
 * Removes the folder after an error (also one that nobody handles), a signal, or the end of the parent process. After a
 * SIGKILL, the next run removes the folder.
 *
 * @param base where temporary folders are
 */
export async function inRunFolder(
  work: (folder: RunFolder) => Promise<number>,
  base: string = tmpdir(),
): Promise<never> {
  const folder = await openRunFolder(base);
  let ending = false;
  const end = async (code: number): Promise<never> => {
    ending = true;
    await folder.remove();
    process.exit(code);
  };
  const stop = (why: string, code: number) => {
    if (ending) return process.exit(code);
    console.error(`\n${why}: stopping, and clearing away`);
    void end(code);
  };
  process.on("uncaughtException", (error) => {
    console.error(error);
    // An error of the stopped work must not end the process before the folder is removed.
    if (!ending) stop("an unhandled error", 1);
  });
  for (const [name, number] of Object.entries(SIGNALS)) process.on(name, () => stop(name, 128 + number));
  atParentsEnd(() => stop("npm has ended", 129));
  process.channel?.unref();
  try {
    const code = await work(folder);
    return ending ? await new Promise<never>(() => undefined) : await end(code);
  } catch (error) {
    if (ending) return new Promise<never>(() => undefined);
    console.error(error);
    return end(1);
  }
}
