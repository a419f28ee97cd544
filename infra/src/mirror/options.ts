import { readCommandLine } from "../../bootstrap/command-line.mjs";
import { mirror } from "../../bootstrap/commands/mirror.mjs";

export interface MirrorCommand {
  readonly to: string;
  readonly prefix: string;
  readonly follow: boolean;
}

/** @throws Error of one line that names the option */
export function readMirrorOptions(args: readonly string[], env: NodeJS.ProcessEnv): MirrorCommand {
  const { options } = readCommandLine(args, mirror);
  const to = typeof options.to === "string" ? options.to : env.MIRROR_TO;
  if (to === undefined || to === "")
    throw new Error(
      "--to is needed, or the variable MIRROR_TO: the connection string of a KurrentDB; see npm run mirror -- --help",
    );
  if (!/^(?:kurrentdb|kurrent|esdb)(?:\+discover)?:\/\/\S+$/.test(to))
    throw new Error("--to must be a connection string, such as kurrentdb://user:password@host:2113?tls=false");
  return { to, prefix: typeof options.prefix === "string" ? options.prefix : "", follow: "follow" in options };
}
