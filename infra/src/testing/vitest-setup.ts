import { openRunFolder } from "./run-folder.ts";

/** What the tests of one `vitest` write lies in one folder too when it was started by hand; see vitest.config.ts. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await openRunFolder();
  return () => folder.remove();
}
