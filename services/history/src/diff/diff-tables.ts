import { changeColumns, isTelling } from "../store/change-table.ts";
import type { Duck, DuckSession } from "../store/duck.ts";
import { createTable } from "../store/tables.ts";

/** Time limit in milliseconds; shorter than the gateway's wait for an answer. */
const LIMIT_MS = 20_000;

/** One row for each field of a device that differs between two moments. */
export class DiffTables {
  readonly name = "differences";
  readonly rows: number;
  readonly #session: DuckSession;

  private constructor(session: DuckSession, rows: number) {
    this.#session = session;
    this.rows = rows;
  }

  /**
   * @param changes SQL of the changes between the moments
   * @throws FleetError `query-limit` if the comparison of many changes takes too long
   */
  static async open(duck: Duck, changes: string | undefined, limitMs: number = LIMIT_MS): Promise<DiffTables> {
    const session = await duck.connect();
    try {
      const create = changes === undefined ? temporary(createTable("differences", changeColumns())) : netOf(changes);
      await session.within(limitMs, () => session.run(create));
      const [counted] = await session.all<{ n: number }>("SELECT count(*) AS n FROM differences");
      return new DiffTables(session, counted?.n ?? 0);
    } catch (error) {
      session.close();
      throw error;
    }
  }

  all<Row>(sql: string, ...values: readonly (string | number)[]): Promise<Row[]> {
    return this.#session.all<Row>(sql, ...values);
  }

  async close(): Promise<void> {
    await this.#session.run("DROP TABLE differences");
    this.#session.close();
  }
}

/** For each field: the value before its first change and the value after its last change, if they differ. */
function netOf(changes: string): string {
  return `CREATE TEMP TABLE differences AS
    SELECT device, change, before, last.after AS after, seq, last.cause AS cause, last.who AS who FROM (
      SELECT device, change, arg_min(before, seq) AS before, max(seq) AS seq,
        arg_max(struct_pack(after := after, cause := cause, who := who), seq) AS last
      FROM (${changes}) GROUP BY device, change)
    WHERE before <> last.after AND ${isTelling("change", "before", "last.after")}`;
}

function temporary(create: string): string {
  return create.replace("CREATE TABLE", "CREATE TEMP TABLE");
}
