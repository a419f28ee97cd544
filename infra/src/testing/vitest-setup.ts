import { parentOf } from "../system/processes.ts";
import { openRunFolder } from "./run-folder.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** The run folder, also for a `vitest` that was started by hand; see vitest.config.ts. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await openRunFolder(temporaryFolder());
  // Workers stay: vitest ends them afterwards, and would wait a minute for a worker that a signal has ended already.
  return () => folder.remove((pid) => parentOf(pid) === process.pid);
}
