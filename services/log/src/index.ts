export * from "./backbone.ts";
export * from "./buckets.ts";
export * from "./bus.ts";
export type { AppendWindow } from "./flow/window.ts";
export * from "./handle.ts";
export * from "./log.ts";
export type { Logger } from "./logger.ts";
export * from "./memory/index.ts";
export * from "./streams.ts";
