export { beginLife, type Life, type LifeLogger, type LifeOptions } from "./life/life.ts";
export { type Logger, processLogger } from "./logging.ts";
export * from "./settings/index.ts";
