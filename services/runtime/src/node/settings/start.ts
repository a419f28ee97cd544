import { SettingsError, startSettings } from "./load.ts";
import type { Slice } from "./slice.ts";

/** What a process ends with that can't start with its settings: EX_CONFIG of sysexits.h, so that nobody starts it again. */
export const CONFIGURATION_EXIT_CODE = 78;

/** The settings of this process; one that can't start with them says why, a line each, and ends. */
export function settingsOrExit<T extends object>(slice: Slice<T>): T {
  try {
    return startSettings(slice);
  } catch (error) {
    return cannotStart(error);
  }
}

/** Ends this process because of an error that people can mend, in words for them; the stack is for errors that are ours. */
export function cannotStart(error: unknown): never {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(error instanceof SettingsError ? CONFIGURATION_EXIT_CODE : 1);
}

/** An error that carries advice is for people; `field` is the setting that is meant. */
function explain(error: unknown): string {
  if (error instanceof SettingsError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { advice, field } = error as { advice?: unknown; field?: unknown };
  if (typeof advice !== "string") return error.stack ?? error.message;
  const about = typeof field === "string" ? `${field}: ` : "";
  return `${about}${error.message}. ${advice}`;
}
