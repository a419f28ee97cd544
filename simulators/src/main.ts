import { beginLife, processLogger, settingsOrExit } from "@fleetlog/runtime/node";
import { createApp } from "./app.ts";
import { simulatorSettings } from "./settings.ts";

const settings = settingsOrExit(simulatorSettings);
const logger = processLogger(settings, "fleet");
const life = beginLife({ name: "the fleet", stopTimeoutMs: settings.stopTimeout, logger });

await life.start(async () => {
  const app = createApp(settings, logger);
  life.endsWith(() => app.stop());
  life.ready(await app.start((text) => life.progress(text)));
});
