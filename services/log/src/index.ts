export * from "./backbone.ts";
export * from "./buckets.ts";
export * from "./bus.ts";
export * from "./handle.ts";
export * from "./log.ts";
export * from "./streams.ts";
