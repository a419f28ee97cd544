import { connectBackbone, declareStreams } from "@fleetlog/log";
import { beginLife } from "@fleetlog/protocol/process";
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

const life = beginLife({ name: "the projector", stopTimeoutMs: settings.stopTimeout, logger });

const backbone = await connectBackbone({
  ...(await natsOptions(settings)),
  name: `projector ${settings.projectorName}`,
  logger,
  streams: declareStreams(streamSettings(settings)),
});
const projector = assembleProjector({ settings, backbone, logger });

life.endsWith(async () => {
  await projector.close();
  await backbone.close();
});
projector.failed.catch((error: unknown) => {
  if (life.ending) return;
  logger.error({ err: error }, "the projector can't go on");
  life.end(1);
});
await projector.start();
life.ready({ seq: projector.seq });
