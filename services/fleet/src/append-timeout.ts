/**
 * An operator's write waits this long for an unavailable or full log. Then it is dropped: a command that moves a
 * machine must not run unexpectedly later.
 */
export const APPEND_TIMEOUT_MS = 3_000;
