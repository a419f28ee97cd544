import { parseArgs } from "node:util";

/** What was asked for on the command line. */
export interface LauncherArguments {
  readonly help: boolean;
  /** Settings that the command line gives, over those of the environment. */
  readonly settings: Readonly<Record<string, string>>;
}

/** @throws Error that says which argument is wrong, in words for people */
export function readArguments(args: readonly string[]): LauncherArguments {
  const { values } = parseArgs({
    args: [...args],
    options: { fleet: { type: "string" }, "no-fleet": { type: "boolean" }, help: { type: "boolean", short: "h" } },
    strict: true,
  });
  if (values["no-fleet"] && values.fleet !== undefined) throw new Error("--fleet and --no-fleet exclude each other");
  const fleet = values["no-fleet"] ? "0" : values.fleet;
  return { help: values.help ?? false, settings: fleet === undefined ? {} : { FLEETLOG_FLEET: fleet } };
}
