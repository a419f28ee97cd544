import { connectBackbone, declareStreams } from "@fleetlog/log";
import { natsOptions, settingsOrExit, streamSettings } from "@fleetlog/protocol/settings";
import { pino } from "pino";
import { assembleProjector } from "./app.ts";
import { growSparingly } from "./memory.ts";

growSparingly();

const settings = settingsOrExit("projector");
const logger = pino(
  { level: settings.logLevel, base: { process: "projector", projector: settings.projectorName } },
  // Written at once: what waits to be written when whoever reads it is gone would keep the process from ending.
  pino.destination({ dest: 1, sync: true }),
);

let stop = (_code: number): void => process.exit(0);
process.once("SIGTERM", () => stop(0));
process.once("SIGINT", () => stop(0));
// Whoever started this process is gone.
if (process.send !== undefined) process.once("disconnect", () => stop(0));

const backbone = await connectBackbone({
  ...(await natsOptions(settings)),
  name: `projector ${settings.projectorName}`,
  logger,
  streams: declareStreams(streamSettings(settings)),
});
const projector = assembleProjector({ settings, backbone, logger });

let stopping = false;
stop = (code) => {
  stop = () => {};
  stopping = true;
  setTimeout(() => process.exit(1), settings.stopTimeout).unref();
  void projector
    .close()
    .then(() => backbone.close())
    .catch((error: unknown) => logger.error({ err: error }, "the projector did not stop in order"))
    .finally(() => process.exit(code));
};
projector.failed.catch((error: unknown) => {
  if (stopping) return;
  logger.error({ err: error }, "the projector can't go on");
  stop(1);
});
await projector.start();
logger.info({ seq: projector.seq }, "the projector is ready");
process.send?.({ type: "ready", seq: projector.seq });
