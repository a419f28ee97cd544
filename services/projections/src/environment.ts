/**
 * What a projector is best started with: a nursery of 16 MB for new objects instead of 128 MB, and one pool for glibc's
 * `malloc` instead of one a thread. Neither can be set from within.
 */
export const PROJECTOR_ENVIRONMENT = {
  NODE_OPTIONS: "--max-semi-space-size=8",
  MALLOC_ARENA_MAX: "1",
} as const;
