import { parentOf } from "../system/processes.ts";
import { openRunFolder } from "./run-folder.ts";

/** The run folder, also for a `vitest` that was started by hand; see vitest.config.ts. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await openRunFolder();
  // vitest ends its workers afterwards, and waits a minute for one that a signal has ended before.
  return () => folder.remove((pid) => parentOf(pid) === process.pid);
}
