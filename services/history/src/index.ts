export type { AsOf, Moment, Progress } from "./as-of/as-of.ts";
