import { SettingsError, startSettings } from "./load.ts";
import type { Slice } from "./slice.ts";

/** EX_CONFIG of sysexits.h: supervisors do not restart a process with invalid settings. */
export const CONFIGURATION_EXIT_CODE = 78;

/** Prints the problems of invalid settings and exits. */
export function settingsOrExit<T extends object>(slice: Slice<T>): T {
  try {
    return startSettings(slice);
  } catch (error) {
    return cannotStart(error);
  }
}

export function cannotStart(error: unknown): never {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(error instanceof SettingsError ? CONFIGURATION_EXIT_CODE : 1);
}

function explain(error: unknown): string {
  if (error instanceof SettingsError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { advice, field, code } = error as { advice?: unknown; field?: unknown; code?: unknown };
  // A stack does not help if the start failed for an outside reason, such as a server that does not answer.
  const isKnown = error.name === "FleetError" && code !== "internal";
  if (typeof advice !== "string") return isKnown ? error.message : (error.stack ?? error.message);
  const about = typeof field === "string" ? `${field}: ` : "";
  return `${about}${error.message}. ${advice}`;
}
