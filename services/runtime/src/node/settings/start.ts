import { SettingsError, startSettings } from "./load.ts";
import type { Slice } from "./slice.ts";

/** Exit code of a process whose settings are invalid: EX_CONFIG of sysexits.h, so that supervisors do not restart it. */
export const CONFIGURATION_EXIT_CODE = 78;

/** Loads the settings of this process. If they are invalid, it prints the problems, one a line, and exits. */
export function settingsOrExit<T extends object>(slice: Slice<T>): T {
  try {
    return startSettings(slice);
  } catch (error) {
    return cannotStart(error);
  }
}

/** Prints an error and exits. Errors that people can fix are printed with advice, internal errors with their stack. */
export function cannotStart(error: unknown): never {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(error instanceof SettingsError ? CONFIGURATION_EXIT_CODE : 1);
}

/** An error with advice is meant for people; `field` names the setting. */
function explain(error: unknown): string {
  if (error instanceof SettingsError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { advice, field } = error as { advice?: unknown; field?: unknown };
  if (typeof advice !== "string") return error.stack ?? error.message;
  const about = typeof field === "string" ? `${field}: ` : "";
  return `${about}${error.message}. ${advice}`;
}
