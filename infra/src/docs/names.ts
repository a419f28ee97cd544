import { environmentName } from "@fleetlog/runtime/node";
import { SLICES } from "./slices.ts";

export const NAMES_FILE = "services/runtime/src/node/settings/names.ts";

export function namesSource(): string {
  const names = SLICES.flatMap(({ own }) => Object.keys(own)).map(environmentName);
  return `// Written by node_modules/.bin/node infra/src/docs/settings.ts: every package declares its own settings.

/** The settings of all processes. Each process rejects a FLEETLOG_ variable that is not in this list. */
export const SETTING_NAMES: readonly string[] = [
${names
  .sort()
  .map((name) => `  "${name}",\n`)
  .join("")}];
`;
}
