import { hostname } from "node:os";
import { connectBackbone, declareStreams } from "@fleetlog/log";
import { beginLife } from "@fleetlog/protocol/process";
import { natsOptions, settingsOrExit, streamSettings } from "@fleetlog/protocol/settings";
import { pino } from "pino";
import { startReactors } from "./app.ts";

const settings = settingsOrExit("reactors");
const id = `${hostname()}-${process.pid}`;
const logger = pino(
  { level: settings.logLevel, base: { process: "reactors", reactors: id } },
  // Written at once: what waits to be written when whoever reads it is gone would keep the process from ending.
  pino.destination({ dest: 1, sync: true }),
);

const life = beginLife({ name: "the reactors", stopTimeoutMs: settings.stopTimeout, logger });

const backbone = await connectBackbone({
  ...(await natsOptions(settings)),
  name: `reactors ${id}`,
  logger,
  streams: declareStreams(streamSettings(settings)),
});
const reactors = startReactors({ backbone, id, leaseTtlMs: settings.leaseTtl, logger });

life.endsWith(async () => {
  await reactors.stop();
  await backbone.close();
});
life.ready({ leaseTtlMs: settings.leaseTtl });
