import { readFileSync } from "node:fs";
import { openInstallation } from "@fleetlog/identity";
import { artifactObjects, backboneOptions, connectBackbone } from "@fleetlog/log";
import { beginLife, processLogger, settingsOrExit } from "@fleetlog/runtime/node";
import { startGateway } from "./app.ts";
import { openFilesLimit, openFilesWarning } from "./node/limits/open-files.ts";
import { gatewaySettings } from "./settings/index.ts";

const settings = settingsOrExit(gatewaySettings);
const logger = processLogger(settings, "gateway", { gateway: settings.gatewayName });
const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const warning = openFilesWarning(settings.maxConnections, openFilesLimit());
// The default exceeds the needs of most fleets, so this is logged as a warning only if an operator has set the number.
if (warning !== undefined) logger[process.env.FLEETLOG_MAX_CONNECTIONS === undefined ? "info" : "warn"](warning);

const life = beginLife({ name: "the gateway", stopTimeoutMs: settings.stopTimeout, logger });

await life.start(async () => {
  const backbone = await connectBackbone({
    ...(await backboneOptions(settings, "gateway")),
    name: `gateway ${settings.gatewayName}`,
    logger,
    window: { events: settings.appendWindow, bytes: settings.appendWindowBytes },
  });
  const { sealer, made } = await openInstallation(settings, backbone.buckets);
  if (made !== undefined) {
    const advice = "keep a copy of it, and give it to every other gateway of this installation";
    logger.info({ file: made, id: sealer.keyId }, `made the installation key; ${advice}`);
  }
  const gateway = await startGateway({
    settings,
    backbone,
    sealer,
    objects: await artifactObjects(settings, "gateway", {
      where: settings.artifacts,
      name: `artifacts of ${settings.gatewayName}`,
      logger,
    }),
    logger,
    version,
    onReplaced: () => life.end(1),
  });
  life.endsWith(async () => {
    await gateway.stop();
    await backbone.close();
  });
  const { httpPort, httpsPort, mqttPort, mqttsPort, dialectPorts } = gateway;
  life.ready({ httpPort, httpsPort, mqttPort, mqttsPort, dialectPorts });
});
