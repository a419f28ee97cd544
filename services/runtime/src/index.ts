export { Backoff, type BackoffOptions, pauseAfter } from "./backoff.ts";
export { type Clock, systemClock } from "./clock.ts";
export { nearest } from "./nearest.ts";
export { type BucketLimits, TokenBucket } from "./token-bucket.ts";
export { type BucketsLimits, TokenBuckets } from "./token-buckets.ts";
export { DURATION_PATTERN, formatDuration, formatSize, parseDuration, parseSize } from "./units.ts";
