import { FleetError } from "@fleetlog/domain";
import { Schema } from "../statement/schema.ts";
import { type QueryAnswer, type QueryError, type QueryTask, TOO_MUCH } from "./messages.ts";
import { query } from "./query.ts";

/** Memory in addition to DuckDB's: texts and rows of the answer, and Node.js. */
const OTHER_BYTES = 400 * 1024 ** 2;
const WATCH_MS = 100;

const schema = await Schema.open();
process.on("message", (task: QueryTask) => void answer(task));
process.on("disconnect", end);
process.send?.({ ready: true });

async function answer(task: QueryTask): Promise<void> {
  const watch = setInterval(() => {
    if (process.memoryUsage.rss() <= task.limits.memory + OTHER_BYTES) return;
    clearInterval(watch);
    process.send?.({ error: TOO_MUCH } satisfies QueryAnswer, end);
  }, WATCH_MS);
  let found: QueryAnswer;
  try {
    found = await query(task, schema);
  } catch (error) {
    found = { error: errorOf(error) };
  }
  clearInterval(watch);
  process.send?.(found);
}

function errorOf(error: unknown): QueryError {
  if (error instanceof FleetError) {
    const { code, message, field, advice } = error;
    return { code: code === "invalid-request" || code === "query-limit" ? code : "internal", message, field, advice };
  }
  return { code: "internal", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

/** Kills this process: `process.exit` would wait for the statement, which runs in another thread. */
function end(): void {
  process.kill(process.pid, "SIGKILL");
}
