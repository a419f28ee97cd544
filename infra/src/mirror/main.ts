import { mirror, Stopped } from "@fleetlog/history/mirror";
import { backboneOptions, connectBackbone } from "@fleetlog/log";
import { logSettings } from "@fleetlog/log/settings";
import { processSettings, settingsOrExit, slice } from "@fleetlog/runtime/node";
import { failed } from "../system/failed.ts";
import { sayColoured } from "../system/terminal.ts";
import { readMirrorOptions } from "./options.ts";
import { progressLines } from "./progress.ts";

const STOPPED = 130;

// npm run mirror -- --to kurrentdb://…: appends the history to a KurrentDB.
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());

const settings = settingsOrExit(slice({ uses: [logSettings, processSettings] }));
try {
  const options = readMirrorOptions(process.argv.slice(2), process.env);
  const logger = { info() {}, warn: warn, error: warn };
  const role = "historian";
  const backbone = await connectBackbone({ ...(await backboneOptions(settings, role)), name: "mirror", logger });
  const lines = progressLines(sayColoured);
  try {
    const progress = await mirror({ ...options, ...lines.on, log: backbone.log, signal: stop.signal });
    lines.end(progress, stop.signal.aborted);
    if (stop.signal.aborted && options.follow !== true) process.exitCode = STOPPED;
  } finally {
    await backbone.close();
  }
} catch (error) {
  if (error instanceof Stopped) process.exitCode = STOPPED;
  else failed(error);
}

function warn(details: object, message?: string): void {
  const { err } = details as { readonly err?: unknown };
  console.error(` ! ${message ?? "the log"}${err instanceof Error ? `: ${err.message}` : ""}`);
}
