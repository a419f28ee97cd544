import { adviceOf, isOfSystem } from "../system-advice.ts";
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

/** Ends the process, and prints one line that says why, and what to do; a stack only for a fault of the program. */
export function cannotStart(error: unknown): never {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(error instanceof SettingsError ? CONFIGURATION_EXIT_CODE : 1);
}

function explain(error: unknown): string {
  if (error instanceof SettingsError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { field, code } = error as { readonly field?: unknown; readonly code?: unknown };
  const advice = adviceOf(error);
  // A stack does not help if the start failed for an outside reason, such as a server that does not answer.
  const isKnown = isOfSystem(error) || (error.name === "FleetError" && code !== "internal");
  if (advice === undefined) return isKnown ? error.message : (error.stack ?? error.message);
  const about = typeof field === "string" ? `${field}: ` : "";
  return `${about}${error.message}. ${advice}`;
}
