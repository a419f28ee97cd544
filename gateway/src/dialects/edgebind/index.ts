import type { Dialect } from "../dialect.ts";

/** The programs of Edgebind's onboarding article are given nothing but a host and a port, so they connect to the root. */
export const edgebind: Dialect = { name: "edgebind", paths: ["/"] };
