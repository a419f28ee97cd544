/**
 * What a projector is best started with, for as little memory as it needs: a nursery of 3 times 8 MB instead of up to
 * 128 MB, and one pool for `malloc` (glibc) instead of one a thread. Node takes both from its environment only.
 */
export const PROJECTOR_ENVIRONMENT = {
  NODE_OPTIONS: "--max-semi-space-size=8",
  MALLOC_ARENA_MAX: "1",
} as const;
