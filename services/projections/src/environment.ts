/**
 * Gives a process that folds the log 16 MB for new objects instead of 128 MB, and one glibc `malloc` pool instead of one for
 * each thread. A process cannot set these limits for itself after its start.
 */
export const FOLDING_ENVIRONMENT = {
  NODE_OPTIONS: "--max-semi-space-size=8",
  MALLOC_ARENA_MAX: "1",
} as const;
