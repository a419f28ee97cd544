import { mkdir, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { FleetError } from "@fleetlog/domain";
import { formatSize } from "@fleetlog/runtime";
import { quotedText } from "../../store/tables.ts";
import { arrowAdvice, messageOf, refused } from "../statement/errors.ts";
import { rewritten } from "../statement/rewritten.ts";
import type { Schema } from "../statement/schema.ts";
import { nameOf } from "./cells.ts";
import type { QueryAnswer, QueryTask } from "./messages.ts";
import { SCOPE, Sources } from "./sources.ts";
import { REPEATS } from "./telemetry.ts";
import { writeRows } from "./written.ts";

/**
 * Runs one statement in a DuckDB of its own, which reads the listed files only, and writes the rows to a file.
 *
 * @throws FleetError `invalid-request` for the statement, `query-limit`
 */
export async function query(task: QueryTask, schema: Schema): Promise<QueryAnswer> {
  const { sql, store, visible, spill, limits } = task;
  const sources = new Sources(store, visible);
  await mkdir(spill, { recursive: true });
  const instance = await DuckDBInstance.create(":memory:", {
    threads: "1",
    memory_limit: `${limits.memory}B`,
    temp_directory: spill,
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  try {
    const connection = await instance.connect();
    await lockIn(connection, [...sources.files, task.out], limits.spill);
    await makeScope(connection, visible);
    await makeRepeats(connection, store.telemetry?.repeats ?? []);
    const moments = {
      newest: sources.seq,
      async seqAt(time: string) {
        const [[seq] = []] = (await connection.runAndReadAll(sources.seqAt(time))).getRows();
        return typeof seq === "bigint" ? Number(seq) : undefined;
      },
    };
    const text = await rewritten(sql, schema, sources, moments);
    return await run(connection, text, task);
  } finally {
    instance.closeSync();
    await rm(spill, { recursive: true, force: true });
  }
}

/** Lets the connection read and write nothing but these files and spilled rows, whatever a statement says. */
async function lockIn(connection: DuckDBConnection, files: readonly string[], spill: number): Promise<void> {
  for (const setting of [
    "SET TimeZone = 'UTC'",
    `SET max_temp_directory_size = '${spill}B'`,
    `SET allowed_paths = [${files.map(quotedText).join(", ")}]`,
    "SET enable_external_access = false",
    // DuckDB up to 1.5.6 moves conditions below a LIMIT, so that the LIMIT selects other rows (duckdb/duckdb#22924).
    "SET disabled_optimizers = 'join_filter_pushdown'",
    "SET lock_configuration = true",
  ]) {
    await connection.run(setting);
  }
}

async function makeScope(connection: DuckDBConnection, { devices }: QueryTask["visible"]): Promise<void> {
  if (devices === undefined) return;
  await connection.run(`CREATE TABLE ${SCOPE} (key VARCHAR, account VARCHAR, since BIGINT)`);
  const appender = await connection.createAppender("scope_devices");
  for (const { id, account, since } of devices) {
    appender.appendVarchar(id);
    appender.appendVarchar(account);
    appender.appendBigInt(BigInt(since));
    appender.endRow();
  }
  appender.closeSync();
}

async function makeRepeats(connection: DuckDBConnection, repeats: readonly number[]): Promise<void> {
  await connection.run(`CREATE TABLE ${REPEATS} (seq BIGINT)`);
  const appender = await connection.createAppender("telemetry_repeats");
  for (const seq of repeats) {
    appender.appendBigInt(BigInt(seq));
    appender.endRow();
  }
  appender.closeSync();
}

async function run(connection: DuckDBConnection, text: string, task: QueryTask): Promise<QueryAnswer> {
  const { format, out, limit } = task;
  try {
    if (format !== "parquet") {
      return await writeRows(await connection.stream(text), format, out, { rows: limit, bytes: task.limits.bytes });
    }
    return await writeParquet(connection, text, task);
  } catch (error) {
    throw failure(error, task);
  }
}

async function writeParquet(
  connection: DuckDBConnection,
  text: string,
  { out, limit, limits }: QueryTask,
): Promise<QueryAnswer> {
  await connection.run(`CREATE TABLE memory.main.result AS SELECT * FROM (${text}) LIMIT ${limit + 1}`);
  const described = await connection.runAndReadAll("SELECT * FROM memory.main.result LIMIT 0");
  const types = described.columnTypes();
  const columns = described.columnNames().map((name, i) => ({ name, type: nameOf(types[i]) }));
  const [[copied] = []] = (
    await connection.runAndReadAll(
      `COPY (SELECT * FROM memory.main.result LIMIT ${limit}) TO ${quotedText(out)} (FORMAT parquet, COMPRESSION zstd)`,
    )
  ).getRows();
  const [[all] = []] = (await connection.runAndReadAll("SELECT count(*) FROM memory.main.result")).getRows();
  const { size } = await stat(out);
  if (size > limits.bytes) throw tooLarge(`the answer is larger than ${formatSize(limits.bytes)}`);
  return { head: { columns, rows: Number(copied), truncated: Number(all) > limit }, bytes: size };
}

/** An error of the statement becomes a FleetError for its author. An error of a file stays an internal error. */
function failure(error: unknown, { sql, limits, store, out }: QueryTask): unknown {
  const text = String(error instanceof Error ? error.message : error);
  const { message } = messageOf(error);
  if (/^Out of Memory Error/.test(text)) {
    return tooLarge(`the query needs more than ${formatSize(limits.memory)} of memory`);
  }
  if (/max_temp_directory_size|No space left/.test(text)) return tooLarge("the query needs too much space on disk");
  const files = [...Object.values(store.tail).flat(), ...(store.telemetry?.files ?? [])];
  const folders = [store.directory, ...[out, ...files].map((path) => dirname(path))];
  if (/^(?:IO|Permission|FATAL|INTERNAL) Error/.test(text) || folders.some((path) => text.includes(path))) return error;
  return refused(sql, undefined, message.split("\n")[0] ?? message, arrowAdvice(sql, message));
}

function tooLarge(message: string): FleetError {
  return new FleetError("query-limit", message, {
    advice: "Name the columns that are needed, and add conditions, such as on seq or time.",
  });
}
