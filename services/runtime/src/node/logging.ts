import { type DestinationStream, type Logger, pino } from "pino";
import type { ProcessSettings } from "./settings/index.ts";

export type { Logger };

/**
 * The logger of a process: JSON lines on standard output that name the process.
 * @param of what tells it from others of its kind: `{ gateway: "edge-1" }`
 */
export function processLogger(
  { logLevel }: Pick<ProcessSettings, "logLevel">,
  process: string,
  of: Readonly<Record<string, string>> = {},
  destination: DestinationStream = standardOutput(),
): Logger {
  return pino({ level: logLevel, base: { process, ...of } }, destination);
}

/** Written at once: lines that wait for a reader who has gone would keep the process from ending. */
function standardOutput(): DestinationStream {
  return pino.destination({ dest: 1, sync: true });
}
