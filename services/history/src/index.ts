export type { AsOf, Moment, Progress } from "./moments/as-of.ts";
