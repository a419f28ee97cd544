export { type MirrorOptions, type MirrorProgress, mirror, Stopped } from "./mirror.ts";
export { MirrorError } from "./target.ts";
