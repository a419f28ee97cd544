import { failed } from "../system/failed.ts";
import { sayColoured } from "../system/terminal.ts";
import { readOptions } from "./options.ts";
import { importHistoryFiles } from "./run.ts";

const STOPPED = 130;

// npm run import-history -- events.jsonl: imports an export of the history into an empty installation.
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());

try {
  const options = await readOptions(process.argv.slice(2), process.env);
  const complete = await importHistoryFiles(options, { say: sayColoured, signal: stop.signal });
  process.exitCode = complete ? 0 : STOPPED;
} catch (error) {
  failed(error);
}
