import { failed } from "../system/failed.ts";
import { sayColoured } from "../system/terminal.ts";
import { readReplayOptions } from "./command-line.ts";
import { replayFleet } from "./run.ts";

const STOPPED = 130;
const SOME_REFUSED = 2;

// npm run replay -- --from … --target …: plays a span of history as a simulated fleet.
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());

try {
  const options = await readReplayOptions(process.argv.slice(2), process.env);
  const { complete, refused } = await replayFleet(options, { say: sayColoured, signal: stop.signal });
  if (!complete) process.exitCode = STOPPED;
  else if (refused > 0) process.exitCode = SOME_REFUSED;
} catch (error) {
  failed(error);
  if (stop.signal.aborted) process.exitCode = STOPPED;
}
