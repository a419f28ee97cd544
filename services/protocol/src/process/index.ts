export { beginLife, type Life, type LifeLogger, type LifeOptions } from "./life.node.ts";
