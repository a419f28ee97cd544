import { connectProcess } from "@fleetlog/log";
import { beginLife, processLogger, settingsOrExit } from "@fleetlog/runtime/node";
import { assembleProjector, projectorDirectory } from "./app.ts";
import { limitHeapGrowth } from "./memory.ts";
import { projectorSettings } from "./settings.ts";

limitHeapGrowth();

const settings = settingsOrExit(projectorSettings);
// SQLite sorts in files of this folder, since the system's folder may be small or read-only. It reads the variable once.
process.env.SQLITE_TMPDIR = projectorDirectory(settings);
const logger = processLogger(settings, "projector", { projector: settings.projectorName });

const life = beginLife({ name: "the projector", stopTimeoutMs: settings.stopTimeout, logger });

await life.start(async () => {
  const connected = await connectProcess(settings, "projector", settings.projectorName, logger);
  const { backbone, clockWatch } = connected;
  const projector = assembleProjector({ settings, backbone, clock: () => clockWatch.reading, logger });
  life.endsWith(async () => {
    await projector.close();
    await connected.close();
  });
  projector.failed.catch((error: unknown) => {
    if (life.ending) return;
    logger.error({ err: error }, "the projector failed");
    life.end(1);
  });
  await projector.start();
  life.ready({ seq: projector.seq });
});
