export { Backoff, type BackoffOptions, pauseAfter } from "./backoff.ts";
export { type Clock, systemClock } from "./clock.ts";
export { LazyMap, LazySet } from "./lazy-collections.ts";
export { CLOCK_SLACK_MS, type Happened, happenedAt, parseMoment } from "./moments.ts";
export { nearest } from "./nearest.ts";
export * from "./numbers.ts";
export { type BucketLimits, TokenBucket } from "./token-bucket.ts";
export { type BucketsLimits, TokenBuckets } from "./token-buckets.ts";
export { DURATION_PATTERN, formatDuration, formatSize, parseDuration, parseSize } from "./units.ts";
