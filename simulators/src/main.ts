import { beginLife } from "@fleetlog/protocol/process";
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

const life = beginLife({ name: "the fleet", stopTimeoutMs: settings.stopTimeout, logger });
life.endsWith(() => app.stop());

try {
  life.ready(await app.start((text) => life.progress(text)));
} catch (error) {
  if (!life.ending) throw error;
}
