import { readCommandLine } from "../../bootstrap/command-line.mjs";
import { start } from "../../bootstrap/commands/start.mjs";

export interface LauncherArguments {
  readonly help: string | undefined;
  /** Settings from the command line; they override the environment. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The port in the published example of an Edgebind program. */
const EDGEBIND_PORT = "3333";

/** @throws Error of one line with the wrong argument and a correction */
export function readArguments(args: readonly string[], env: NodeJS.ProcessEnv = process.env): LauncherArguments {
  const { help, options } = readCommandLine(args, start);
  const fleet = options["no-fleet"] ? "0" : options.fleet;
  return {
    help: help ? start.help : undefined,
    settings: typeof fleet === "string" ? fleetSettings(fleet, env) : {},
  };
}

function fleetSettings(fleet: string, env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  if (fleet !== "older") return { FLEETLOG_FLEET: fleet };
  return {
    FLEETLOG_FLEET_OLDER: "on",
    FLEETLOG_EDGEBIND_PORT: env.FLEETLOG_EDGEBIND_PORT ?? EDGEBIND_PORT,
    // Devices of libpyiotcloud log in by certificates, which need TLS.
    FLEETLOG_TLS: env.FLEETLOG_TLS ?? "auto",
  };
}
