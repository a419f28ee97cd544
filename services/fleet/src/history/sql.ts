import { FleetError, isLimited } from "@fleetlog/domain";
import { SQL, type SqlHead, type SqlRequest } from "@fleetlog/protocol";
import type { History } from "./history.ts";

export interface SqlAnswer {
  readonly head: SqlHead;
  /** The rows in the requested format. Returning early ends the answer. */
  readonly rows: AsyncGenerator<string, void, undefined>;
}

/**
 * Runs SQL over the history. The signal ends the statement.
 *
 * @throws FleetError `invalid-request` (field `sql`), `query-limit`, `history-unavailable`
 */
export async function runSql(
  history: Pick<History, "read">,
  { scope, ...request }: SqlRequest,
  signal: AbortSignal,
): Promise<SqlAnswer> {
  const limited = scope !== undefined && isLimited(scope);
  const parts = history.read(SQL, { ...request, ...(limited && { scope }) }, signal);
  let text = "";
  for (;;) {
    const { value, done } = await parts.next();
    if (done === true) throw new FleetError("history-unavailable", "the historian ended before its answer");
    text += value;
    const end = text.indexOf("\n");
    if (end >= 0) return { head: JSON.parse(text.slice(0, end)) as SqlHead, rows: rest(text.slice(end + 1), parts) };
  }
}

async function* rest(first: string, parts: SqlAnswer["rows"]): SqlAnswer["rows"] {
  try {
    if (first !== "") yield first;
    yield* parts;
  } finally {
    await parts.return();
  }
}
