export { type Reactors, type ReactorsOptions, startReactors } from "./app.ts";
export type { Clock } from "./clock.ts";
