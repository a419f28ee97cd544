import { join } from "node:path";
import { backboneOptions, connectBackbone } from "@fleetlog/log";
import { logSettings } from "@fleetlog/log/settings";
import {
  beginLife,
  dataFolderSettings,
  processLogger,
  processSettings,
  settingsOrExit,
  slice,
} from "@fleetlog/runtime/node";
import { hostKurrent } from "./app.ts";
import { kurrentSettings } from "./settings.ts";

const settings = settingsOrExit(slice({ uses: [kurrentSettings, logSettings, dataFolderSettings, processSettings] }));
const logger = processLogger(settings, "kurrent");
const life = beginLife({ name: "the Kurrent endpoint", stopTimeoutMs: settings.stopTimeout, logger });
const backbone = await connectBackbone({
  ...(await backboneOptions(settings, "historian")),
  name: "kurrent endpoint",
  logger,
});
const endpoint = await hostKurrent({ settings, backbone, folder: join(settings.dataDir, "kurrent"), logger });
life.endsWith(async () => {
  await endpoint?.close();
  await backbone.close();
});
endpoint?.failed.catch((error: unknown) => {
  if (life.ending) return;
  logger.error({ err: error }, "the Kurrent endpoint failed");
  life.end(1);
});
life.ready({ port: endpoint?.port });
