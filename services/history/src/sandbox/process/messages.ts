/** What the process is sent: first the code, then events in the order of the log, and at last `finish`. */
export type Task =
  | { readonly type: "load"; readonly code: string; readonly taskMs: number }
  /** A JSON array of events. */
  | { readonly type: "fold"; readonly events: string }
  | { readonly type: "finish" };

/** The answer to a task. `fault` is an error in the code, as a text for its author. */
export type Answer = { readonly ok: string } | { readonly fault: string };

/** Maximum number of rows in a result, and of characters in their JSON. */
export const ROWS = 1_000;
export const CHARS = 1_000_000;
