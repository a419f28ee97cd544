import { failed } from "../system/failed.ts";
import { sayColoured } from "../system/terminal.ts";
import { importFile } from "./import-file.ts";
import { readOptions } from "./options.ts";

const STOPPED = 130;
const SOME_REFUSED = 2;

// npm run import-from -- --tpedm … or --libpyiotcloud …: imports devices and people of an older system.
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());

try {
  const options = await readOptions(process.argv.slice(2), process.env);
  const { complete, counts } = await importFile(options, { say: sayColoured, signal: stop.signal });
  if (!complete) process.exitCode = STOPPED;
  else if (counts.refused > 0) process.exitCode = SOME_REFUSED;
} catch (error) {
  failed(error);
}
