/**
 * How long an operator's write waits for the log, which may be away for a moment. After that nobody wants it any more: a
 * command that moves something must not run because the log has room again.
 */
export const PATIENCE_MS = 3_000;
