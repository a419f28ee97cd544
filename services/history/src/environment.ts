import { FOLDING_ENVIRONMENT } from "@fleetlog/projections/environment";

/** DuckDB's allocator returns freed memory after a tenth of a second, not after ten. DuckDB has no setting for that. */
export const HISTORIAN_ENVIRONMENT = {
  ...FOLDING_ENVIRONMENT,
  DUCKDB_JE_MALLOC_CONF: "dirty_decay_ms:100,muzzy_decay_ms:0",
} as const;
