import { join } from "node:path";
import { findInstallation } from "@fleetlog/identity";
import type { Backbone, ClockReading, Logger } from "@fleetlog/log";
import { Historian } from "./historian.ts";
import type { HistorianSettings } from "./settings.ts";

export interface AppOptions {
  readonly settings: HistorianSettings;
  readonly backbone: Backbone;
  readonly clock?: () => ClockReading;
  readonly logger: Logger;
}

/** Does not start the historian. */
export function assembleHistorian({ settings, backbone, clock, logger }: AppOptions): Historian {
  const { historianName: id, historyMemory: memory, historySegmentEvents: sealEvery } = settings;
  const openSealer = () => findInstallation(settings, backbone.buckets);
  const sql = {
    processes: settings.historySqlProcesses,
    memory: settings.historySqlMemory,
    timeMs: settings.historySqlTime,
    priority: settings.historySqlPriority,
  };
  const telemetry = { maxAgeMs: settings.historyTelemetryMaxAge, maxBytes: settings.historyTelemetryMaxBytes };
  const directory = folderOf(settings);
  const { historyExportFolder: folder, historyExportInterval: intervalMs } = settings;
  const lake = folder === undefined ? undefined : { directory: folder, intervalMs };
  return new Historian({
    ...{ backbone, openSealer, id, directory, memory, sealEvery, sql, telemetry, lake, clock, logger },
  });
}

/** The folder of everything that a historian keeps. */
export function folderOf({ dataDir, historianName }: Pick<HistorianSettings, "dataDir" | "historianName">): string {
  return join(dataDir, `historian-${historianName}`);
}
