/**
 * How long an operator's write waits for a log that is unavailable or full. After that the write is dropped: a command that
 * moves a machine must not run unexpectedly later, when the log has room again.
 */
export const APPEND_TIMEOUT_MS = 3_000;
