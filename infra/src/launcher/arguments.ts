import { readCommandLine } from "../../bootstrap/command-line.mjs";
import { start } from "../../bootstrap/commands.mjs";

export interface LauncherArguments {
  readonly help: string | undefined;
  /** Settings from the command line; they override the environment. */
  readonly settings: Readonly<Record<string, string>>;
}

/** @throws Error of one line with the wrong argument and a correction */
export function readArguments(args: readonly string[]): LauncherArguments {
  const { help, options } = readCommandLine(args, start);
  const fleet = options["no-fleet"] ? "0" : options.fleet;
  return {
    help: help ? start.help : undefined,
    settings: typeof fleet === "string" ? { FLEETLOG_FLEET: fleet } : {},
  };
}
