import { hostname } from "node:os";
import { connectBackbone, declareStreams } from "@fleetlog/log";
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

let stop = (_code: number): void => process.exit(0);
process.once("SIGTERM", () => stop(0));
process.once("SIGINT", () => stop(0));
// Whoever started this process is gone.
if (process.send !== undefined) process.once("disconnect", () => stop(0));

const backbone = await connectBackbone({
  ...(await natsOptions(settings)),
  name: `reactors ${id}`,
  logger,
  streams: declareStreams(streamSettings(settings)),
});
const reactors = startReactors({ backbone, id, leaseTtlMs: settings.leaseTtl, logger });

stop = (code) => {
  stop = () => {};
  setTimeout(() => process.exit(1), settings.stopTimeout).unref();
  void reactors
    .stop()
    .then(() => backbone.close())
    .catch((error: unknown) => logger.error({ err: error }, "the reactors did not stop in order"))
    .finally(() => process.exit(code));
};
logger.info({ leaseTtlMs: settings.leaseTtl }, "the reactors are ready");
process.send?.({ type: "ready" });
