import { type DestinationStream, type Logger, pino } from "pino";
import type { ProcessSettings } from "./settings/index.ts";

export type { Logger };

/**
 * Writes JSON lines to standard output.
 * @param of fields in each line that distinguish processes of the same kind, such as `{ gateway: "edge-1" }`
 */
export function processLogger(
  { logLevel }: Pick<ProcessSettings, "logLevel">,
  process: string,
  of: Readonly<Record<string, string>> = {},
  destination: DestinationStream = standardOutput(),
): Logger {
  return pino({ level: logLevel, base: { process, ...of } }, destination);
}

/** Synchronous: if the reader has ended, buffered lines would delay the process's exit. */
function standardOutput(): DestinationStream {
  return pino.destination({ dest: 1, sync: true });
}
