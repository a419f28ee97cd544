import type { Dialect } from "../dialect.ts";

/** Programs of Edgebind's onboarding article have only a host and a port, so they connect to `/`. */
export const edgebind: Dialect = { name: "edgebind", paths: ["/"] };
