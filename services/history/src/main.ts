import { join } from "node:path";
import { connectProcess } from "@fleetlog/log";
import { limitHeapGrowth } from "@fleetlog/projections/folding";
import { beginLife, processLogger, settingsOrExit } from "@fleetlog/runtime/node";
import { assembleHistorian, folderOf } from "./app.ts";
import { setNiceness } from "./behind-live/priority.ts";
import { tools } from "./behind-live/tools.ts";
import { hostKurrent } from "./kurrent/index.ts";
import { historianSettings } from "./settings.ts";

limitHeapGrowth();

const settings = settingsOrExit(historianSettings);
setNiceness(process.pid, settings.historyNiceness);
const logger = processLogger(settings, "historian", { historian: settings.historianName });
if (settings.historySqlPriority === "idle") {
  void tools().then(({ lacks }) => {
    for (const lack of lacks) logger.warn(`SQL queries and trials with code: ${lack}`);
  });
}

const life = beginLife({ name: "the historian", stopTimeoutMs: settings.stopTimeout, logger });

await life.start(async () => {
  const connected = await connectProcess(settings, "historian", settings.historianName, logger);
  const { backbone, clockWatch } = connected;
  const historian = assembleHistorian({ settings, backbone, clock: () => clockWatch.reading, logger });
  let kurrent: ReturnType<typeof hostKurrent>;
  life.endsWith(async () => {
    await kurrent?.close();
    await historian.close();
    await connected.close();
  });
  historian.failed.catch(failed);
  await historian.start();
  kurrent = hostKurrent({
    ...{ settings, backbone, folder: join(folderOf(settings), "kurrent"), logger },
    telemetryRepeats: historian.telemetryRepeats,
  });
  await kurrent?.startedOrWaiting();
  kurrent?.failed.catch(failed);
  life.ready({ seq: historian.seq, ...(kurrent && { kurrentPort: kurrent.port || settings.kurrentPort }) });
});

function failed(error: unknown): void {
  if (life.ending) return;
  logger.error({ err: error }, "the historian failed");
  life.end(1);
}
