import { settingsOrExit } from "@fleetlog/protocol/settings";
import { pino } from "pino";
import { createApp } from "./app.ts";

const settings = settingsOrExit("fleet");
const logger = pino(
  { level: settings.logLevel, base: { process: "fleet" } },
  // Written at once: what waits to be written when whoever reads it is gone would keep the process from ending.
  pino.destination({ dest: 1, sync: true }),
);
const app = createApp(settings, logger);

let stopping = false;
function stop(): void {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(1), settings.stopTimeout).unref();
  void app
    .stop()
    .catch((error: unknown) => logger.error({ err: error }, "the fleet did not stop in order"))
    .finally(() => process.exit(0));
}
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
// Whoever started this process is gone.
if (process.send !== undefined) process.once("disconnect", stop);

try {
  const started = await app.start((text) => process.send?.({ type: "progress", text }));
  logger.info(started, "the fleet is ready");
  process.send?.({ type: "ready", ...started });
} catch (error) {
  if (!stopping) throw error;
}
