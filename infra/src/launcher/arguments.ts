import { readCommandLine } from "../../bootstrap/command-line.mjs";
import { start } from "../../bootstrap/commands.mjs";

/** What was asked for on the command line. */
export interface LauncherArguments {
  /** The text to show instead of starting anything. */
  readonly help: string | undefined;
  /** Settings that the command line gives, over those of the environment. */
  readonly settings: Readonly<Record<string, string>>;
}

/** @throws Error that says which argument is wrong, in words for people */
export function readArguments(args: readonly string[]): LauncherArguments {
  const { help, options } = readCommandLine(args, start);
  const fleet = options["no-fleet"] ? "0" : options.fleet;
  return {
    help: help ? start.help : undefined,
    settings: typeof fleet === "string" ? { FLEETLOG_FLEET: fleet } : {},
  };
}
