import { beginLife, processLogger, settingsOrExit } from "@fleetlog/runtime/node";
import { createApp } from "./app.ts";
import { simulatorSettings } from "./settings.ts";

const settings = settingsOrExit(simulatorSettings);
const logger = processLogger(settings, "fleet");
const app = createApp(settings, logger);

const life = beginLife({ name: "the fleet", stopTimeoutMs: settings.stopTimeout, logger });
life.endsWith(() => app.stop());

try {
  life.ready(await app.start((text) => life.progress(text)));
} catch (error) {
  if (!life.ending) throw error;
}
