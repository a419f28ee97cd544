import { readFileSync } from "node:fs";
import { connectBackbone, declareStreams } from "@fleetlog/log";
import { beginLife } from "@fleetlog/protocol/process";
import { cannotStart, natsOptions, settingsOrExit, streamSettings } from "@fleetlog/protocol/settings";
import { pino } from "pino";
import { startGateway } from "./app.ts";
import { openFilesLimit, tooFewFiles } from "./node/open-files.ts";

const settings = settingsOrExit("gateway");
const logger = pino(
  { level: settings.logLevel, base: { process: "gateway", gateway: settings.gatewayName } },
  // Written at once: what waits to be written when whoever reads it is gone would keep the process from ending.
  pino.destination({ dest: 1, sync: true }),
);
const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const tooFew = tooFewFiles(settings.maxConnections, openFilesLimit());
// A number that nobody chose is nobody's mistake, and far more than most fleets have.
if (tooFew !== undefined) logger[process.env.FLEETLOG_MAX_CONNECTIONS === undefined ? "info" : "warn"](tooFew);

const backbone = await connectBackbone({
  ...(await natsOptions(settings)),
  name: `gateway ${settings.gatewayName}`,
  logger,
  window: { events: settings.appendWindow, bytes: settings.appendWindowBytes },
  streams: declareStreams(streamSettings(settings)),
});

const life = beginLife({ name: "the gateway", stopTimeoutMs: settings.stopTimeout, logger });

const gateway = await startGateway({ settings, backbone, logger, version, onReplaced: () => life.end(1) }).catch(
  cannotStart,
);
life.endsWith(async () => {
  await gateway.stop();
  await backbone.close();
});
const { httpPort, httpsPort, mqttPort, mqttsPort } = gateway;
life.ready({ httpPort, httpsPort, mqttPort, mqttsPort });
