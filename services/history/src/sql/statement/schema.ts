import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { SQL_ROW_TABLES, SQL_TABLES, type SqlColumn } from "@fleetlog/protocol/history-tables";
import { arrowAdvice, messageOf, refused } from "./errors.ts";
import { isTree, listIn, parseTree, type Tree, textIn, treeIn } from "./tree.ts";

/** A DuckDB with the tables' columns and no rows. It parses statements and finds their errors. */
export class Schema {
  readonly #connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  static async open(): Promise<Schema> {
    const instance = await DuckDBInstance.create(":memory:", {
      threads: "1",
      memory_limit: "50MB",
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      enable_external_access: "false",
    });
    const connection = await instance.connect();
    for (const { name, columns } of SQL_TABLES) await connection.run(`CREATE TABLE ${name} (${declared(columns)})`);
    for (const { name } of SQL_ROW_TABLES) {
      await connection.run(`CREATE MACRO ${name}_asof(moment) AS TABLE SELECT * FROM ${name}`);
    }
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run("SET lock_configuration = true");
    return new Schema(connection);
  }

  /** @throws FleetError `invalid-request` with the position, unless the text is one SELECT */
  async parse(sql: string): Promise<Tree> {
    const parsed = parseTree(await this.#text("SELECT json_serialize_sql($1::VARCHAR)", sql));
    if (parsed.error === true) {
      const message = textIn(parsed, "error_message");
      if (message.startsWith("Only SELECT")) throw refused(sql, undefined, "only SELECT is allowed", READ_ONLY);
      const at = Number(textIn(parsed, "position") || Number.NaN);
      throw refused(sql, Number.isNaN(at) ? undefined : at, message);
    }
    const [statement, ...others] = listIn(parsed, "statements");
    if (!isTree(statement)) throw refused(sql, undefined, "the statement is empty", "Write SELECT … FROM events.");
    if (others.length > 0) throw refused(sql, undefined, "there is more than one statement", "Send one at a time.");
    return parsed;
  }

  /** The statement of a tree as SQL. */
  async textOf(parsed: Tree): Promise<string> {
    return await this.#text("SELECT json_deserialize_sql($1::JSON)", JSON.stringify(parsed));
  }

  /** The tree of a query in FROM. */
  async subquery(sql: string): Promise<Tree> {
    const [statement] = listIn(await this.parse(`SELECT * FROM (${sql}) AS t`), "statements");
    const from = isTree(statement) && treeIn(treeIn(statement, "node") ?? {}, "from_table");
    if (!from) throw new TypeError("the query in FROM has no tree");
    return from;
  }

  /**
   * Binds a statement to the tables' columns.
   *
   * @throws FleetError `invalid-request` with the position
   */
  async bind(sql: string): Promise<void> {
    try {
      (await this.#connection.prepare(sql)).destroySync();
    } catch (error) {
      const { message, at } = messageOf(error, sql);
      throw refused(sql, at, message, arrowAdvice(sql, message));
    }
  }

  /** The value of an expression without columns: a sequence, a text, or milliseconds since 1970. */
  async moment(
    expression: Tree,
  ): Promise<{ readonly seq: number } | { readonly text: string } | { readonly ms: number }> {
    const text = await this.#expression(expression);
    const [[type, value] = []] = await this.#rows(`SELECT typeof(m), m::VARCHAR FROM (SELECT (${text}) AS m)`);
    if (value === null || value === undefined) return { text: "NULL" };
    if (/^U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?$/.test(String(type))) return { seq: Number(value) };
    if (type === "VARCHAR") return { text: String(value) };
    const [[ms] = []] = await this.#rows(`SELECT epoch_ms((${text})::TIMESTAMPTZ)`);
    return { ms: Number(ms) };
  }

  async #expression(expression: Tree): Promise<string> {
    const parsed = await this.parse("SELECT 0");
    const [statement] = listIn(parsed, "statements") as readonly [Tree];
    const node = { ...treeIn(statement, "node"), select_list: [{ ...expression, alias: "" }] };
    const text = await this.textOf({ ...parsed, statements: [{ ...statement, node }] });
    return text.replace(/^SELECT /, "");
  }

  async #text(sql: string, value: string): Promise<string> {
    const [[text] = []] = await this.#rows(sql, value);
    return String(text);
  }

  async #rows(sql: string, ...values: readonly string[]): Promise<readonly (readonly unknown[])[]> {
    return (await this.#connection.runAndReadAll(sql, [...values])).getRows();
  }
}

const READ_ONLY = "The history is read only. Write SELECT … FROM events, or WITH … SELECT.";

function declared(columns: readonly SqlColumn[]): string {
  return columns.map(({ name, type }) => `"${name}" ${type}`).join(", ");
}
