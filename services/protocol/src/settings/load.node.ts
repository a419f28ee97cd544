import { hostname } from "node:os";
import { type Environment, parseSettings } from "./parse.ts";
import type { Settings } from "./schema.ts";

/**
 * The settings of this process, frozen. Called once, at start.
 * @throws SettingsError that lists every bad name and value with what is accepted
 */
export function loadSettings(env: Environment = process.env): Settings {
  return parseSettings(env, ({ httpPort }) => ({ gatewayName: `${machineName()}-${httpPort}` }));
}

/** The host name as far as the name of a gateway may hold it. */
function machineName(): string {
  const plain = hostname()
    .replaceAll(/[^A-Za-z0-9_-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "");
  return plain.slice(0, 50) || "gateway";
}
