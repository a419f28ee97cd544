import { hostname } from "node:os";
import { backboneOptions, ClockWatch, connectBackbone } from "@fleetlog/log";
import { beginLife, processLogger, settingsOrExit } from "@fleetlog/runtime/node";
import { startReactors } from "./app.ts";
import { reactorsSettings } from "./settings.ts";

const settings = settingsOrExit(reactorsSettings);
const id = `${hostname()}-${process.pid}`;
const logger = processLogger(settings, "reactors", { reactors: id });

const life = beginLife({ name: "the reactors", stopTimeoutMs: settings.stopTimeout, logger });

const backbone = await connectBackbone({
  ...(await backboneOptions(settings, "reactors")),
  name: `reactors ${id}`,
  logger,
});
const clockWatch = new ClockWatch({
  backbone,
  now: Date.now,
  warnMs: settings.clockWarn,
  limitMs: settings.clockLimit,
  logger,
});
await clockWatch.start();
const reactors = startReactors({ backbone, id, leaseTtlMs: settings.leaseTtl, clockWatch, logger });

life.endsWith(async () => {
  await reactors.stop();
  clockWatch.stop();
  await backbone.close();
});
life.ready({ leaseTtlMs: settings.leaseTtl });
