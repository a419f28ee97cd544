import { readFileSync } from "node:fs";
import { connectBackbone, declareStreams } from "@fleetlog/log";
import { cannotStart, natsOptions, settingsOrExit, streamSettings } from "@fleetlog/protocol/settings";
import { pino } from "pino";
import { startGateway } from "./app.ts";

const settings = settingsOrExit("gateway");
const logger = pino(
  { level: settings.logLevel, base: { process: "gateway", gateway: settings.gatewayName } },
  // Written at once: what waits to be written when whoever reads it is gone would keep the process from ending.
  pino.destination({ dest: 1, sync: true }),
);
const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const backbone = await connectBackbone({
  ...(await natsOptions(settings)),
  name: `gateway ${settings.gatewayName}`,
  logger,
  window: { events: settings.appendWindow, bytes: settings.appendWindowBytes },
  streams: declareStreams(streamSettings(settings)),
});

let stop = (_code: number): void => process.exit(0);
process.once("SIGTERM", () => stop(0));
process.once("SIGINT", () => stop(0));
// Whoever started this process is gone.
if (process.send !== undefined) process.once("disconnect", () => stop(0));

const gateway = await startGateway({ settings, backbone, logger, version, onReplaced: () => stop(1) }).catch(
  cannotStart,
);
stop = (code) => {
  stop = () => {};
  setTimeout(() => process.exit(1), settings.stopTimeout).unref();
  void gateway
    .stop()
    .then(() => backbone.close())
    .catch((error: unknown) => logger.error({ err: error }, "the gateway did not stop in order"))
    .finally(() => process.exit(code));
};
const { httpPort, httpsPort, mqttPort, mqttsPort } = gateway;
const ports = { httpPort, httpsPort, mqttPort, mqttsPort };
logger.info(ports, "the gateway is ready");
process.send?.({ type: "ready", ...ports });
