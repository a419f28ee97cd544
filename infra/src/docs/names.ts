import { environmentName } from "@fleetlog/runtime/node";
import { SLICES } from "./slices.ts";

/** Where the list of all names is, under the root. */
export const NAMES_FILE = "services/runtime/src/node/settings/names.ts";

/** The list of all names as TypeScript. */
export function namesSource(): string {
  const names = SLICES.flatMap(({ own }) => Object.keys(own)).map(environmentName);
  return `// Written by node_modules/.bin/node infra/src/docs/settings.ts: every package declares its own settings.

/** The settings of all processes: each refuses what begins like a setting and is none. */
export const SETTING_NAMES: readonly string[] = [
${names
  .sort()
  .map((name) => `  "${name}",\n`)
  .join("")}];
`;
}
