import { openRunFolder } from "./run-folder.ts";

/** Gives the tests one folder for all that they write, also if `vitest` was started by hand; see vitest.config.ts. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await openRunFolder();
  return () => folder.remove();
}
