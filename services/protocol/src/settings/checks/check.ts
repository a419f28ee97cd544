import type { Settings } from "../schema.ts";

/** The processes that read settings. */
export const PROCESSES = ["launcher", "gateway", "projector", "reactors", "fleet"] as const;
export type ProcessName = (typeof PROCESSES)[number];

/** Finds out one thing that the schema can't know: whether a file is there, whether two values go together. */
export interface SettingsCheck {
  /** The processes to which it matters. */
  readonly of: readonly ProcessName[];
  /** One line that names the setting, what is wrong and what to do; undefined when nothing is. */
  readonly problem: (settings: Settings) => string | undefined;
}
