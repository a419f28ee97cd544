import { openRunFolder } from "./run-folder.ts";

/** The run folder, also for a `vitest` that was started by hand; see vitest.config.ts. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await openRunFolder();
  return () => folder.remove();
}
