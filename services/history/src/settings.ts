import { installationSettings } from "@fleetlog/identity/settings";
import { logSettings } from "@fleetlog/log/settings";
import {
  choice,
  dataFolderSettings,
  duration,
  integer,
  NAME,
  optionalPath,
  processSettings,
  type SettingsOf,
  size,
  slice,
  text,
} from "@fleetlog/runtime/node";
import { PRIORITIES } from "./behind-live/priority.ts";
import { kurrentSettings } from "./kurrent/settings.ts";

export const historianSettings = slice({
  uses: [installationSettings, logSettings, dataFolderSettings, processSettings, kurrentSettings],
  own: {
    historianName: text(NAME.pattern, {
      description: "Name of this historian; historians with the same data folder need different names",
      accepts: NAME.accepts,
      fallback: "historian",
    }),
    historyMemory: size(
      "400MiB",
      ["100MiB", "64GiB"],
      "Memory of the historian's database; what does not fit goes to files in its folder. With 200MiB or more, half of it is for a thread that writes files while 250,000 or more events of the log are still to read",
    ),
    historySegmentEvents: integer(
      250_000,
      [100, 1_000_000],
      "Number of events in memory at which the historian writes them to files, at the latest; a lower number needs less memory, and makes more and smaller files",
    ),
    historyTelemetryMaxAge: duration(
      "365d",
      ["1h", "36500d"],
      "How long the historian's archive keeps telemetry, also after its stream has dropped it",
    ),
    historyTelemetryMaxBytes: size(
      "8GiB",
      ["1MiB", "64TiB"],
      "Size of the historian's archive of telemetry; above it, the oldest is deleted",
    ),
    historyExportFolder: optionalPath(
      "Folder into which the historian exports all events and telemetry as Parquet files, continuously",
    ),
    historyExportInterval: duration(
      "1h",
      ["1m", "30d"],
      "Time after which a file of the continuous export is written, however few events it has",
    ),
    historyNiceness: integer(
      5,
      [0, 19],
      "Niceness of the historian, so that processes that serve devices come first on a busy machine: with 5 it gets about a third of the processor time of such a process, with 10 a tenth",
    ),
    historySqlMemory: size(
      "256MiB",
      ["64MiB", "64GiB"],
      "Memory for each SQL query of the history; what does not fit goes to files in the historian's folder, up to 2 GiB",
    ),
    historySqlTime: duration(
      "30s",
      ["1s", "10m"],
      "Time after which an SQL query of the history is ended; pauses of the query on a busy machine do not count, up to five times this time",
    ),
    historySqlProcesses: integer(
      1,
      [1, 64],
      "SQL queries of the history that run at the same time, each in a process with one thread",
    ),
    historySqlPriority: choice(
      PRIORITIES,
      "idle",
      "Processor time for SQL queries and for trials with code: `idle` gives only time that no other process wants, and pauses them part of the time while the machine is busy; `low` gives about a tenth of what a process that serves devices gets, so that they also end on a busy machine",
    ),
  },
});
export type HistorianSettings = SettingsOf<typeof historianSettings>;
