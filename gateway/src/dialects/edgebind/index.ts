import type { Dialect } from "../dialect.ts";

/** The programs of Edgebind's onboarding article are configured with a host and a port only, so they connect to `/`. */
export const edgebind: Dialect = { name: "edgebind", paths: ["/"] };
