import { parquet, quotedText } from "../../store/tables.ts";
import type { StoredTables, Visible } from "./messages.ts";

/** The table of the sequences that are left out as repeats. */
export const REPEATS = "memory.main.telemetry_repeats";

/**
 * The table of telemetry as SQL, with only the rows that the caller may see. For a device that came from another account
 * without its history, these are only the rows of its present account.
 */
export function telemetrySql(
  { telemetry: stored, upTo }: Pick<StoredTables, "telemetry" | "upTo">,
  { categories, devices, accounts }: Visible,
  { scope, barrier }: { readonly scope: string; readonly barrier: string },
): string {
  const isReadable = categories.includes("telemetry");
  if (!isReadable || stored === undefined || stored.files.length === 0)
    return `SELECT ${COLUMNS} FROM (${NONE}) t LIMIT 0`;
  const repeats = stored.repeats.length === 0 ? "" : ` ANTI JOIN ${REPEATS} repeated ON repeated.seq = t.seq`;
  const files = parquet(stored.files);
  const until =
    upTo === undefined ? files : `(SELECT * FROM ${files} WHERE "time" <= ${quotedText(upTo.time)}::TIMESTAMPTZ)`;
  const rows = `SELECT ${COLUMNS} FROM ${until} t${repeats}`;
  if (devices === undefined) return rows;
  const own = accounts === undefined ? "" : " WHERE s.since = 0 OR t.account = s.account";
  return `${rows} JOIN ${scope} s ON s.key = t.entity${own} ${barrier}`;
}

const COLUMNS = `t.seq, t.id, t.entity AS device, t.account, t."time", t.devicetime, t.gateway, t.source,
  t.data->>'$.boot' AS boot, TRY_CAST(t.data->>'$.seq' AS BIGINT) AS "bootSeq", (t.data->'$.data')::JSON AS data`;

const NONE = `SELECT NULL::BIGINT AS seq, ${["id", "entity", "account", "gateway", "source", "data"]
  .map((name) => `NULL::VARCHAR AS ${name}`)
  .join(", ")}, NULL::TIMESTAMPTZ AS "time", NULL::TIMESTAMPTZ AS devicetime`;
