import { hostname } from "node:os";
import { backboneOptions, connectBackbone } from "@fleetlog/log";
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
const reactors = startReactors({ backbone, id, leaseTtlMs: settings.leaseTtl, logger });

life.endsWith(async () => {
  await reactors.stop();
  await backbone.close();
});
life.ready({ leaseTtlMs: settings.leaseTtl });
