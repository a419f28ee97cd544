import { join } from "node:path";
import type { Backbone } from "@fleetlog/log";
import { OwnedDevices } from "../access/devices.ts";
import { asOfCall } from "../as-of/call.ts";
import { exportCall } from "../export/call.ts";
import { exportFileCall } from "../export/file-call.ts";
import { ExportFiles } from "../export/files.ts";
import { CallMoments } from "../moments/call-moments.ts";
import { replayCall } from "../replay/call.ts";
import { type Call, startCalls } from "../requests/calls.ts";
import { Duck } from "../store/duck.ts";
import { FoldedAsOf } from "./folded.ts";

export { KurrentDbStandIn } from "../kurrent/testing/kurrent-db.ts";
export { type Call, startCalls } from "../requests/calls.ts";
export { FoldedAsOf } from "./folded.ts";
export { contents, workspace } from "./stores.ts";

/**
 * Answers calls from a log in memory, until the returned function is called.
 *
 * @param files folder for Parquet files; without it, there is no call for them
 */
export function startHistory({ bus, log }: Backbone, historian = "h1", files?: string): () => void {
  const lastSeq = async () => (await log.state("FLEET")).lastSeq;
  const asOf = new FoldedAsOf(log);
  const moments = new CallMoments({ asOf, lastSeq, now: Date.now });
  const calls = [
    asOfCall({ asOf, moments, reports: { of: async () => [] } }),
    exportCall({ log, devices: newestDevices(log), count: async () => undefined }),
    replayCall({ log, devices: newestDevices(log), moments }),
    ...(files === undefined ? [] : [fileCall(log, files)]),
  ];
  return startCalls({ bus, historian, calls });
}

/** Reads the log again for each call. */
function newestDevices(log: Backbone["log"]): Pick<OwnedDevices, "load" | "get"> {
  let devices = new OwnedDevices(log);
  return {
    load: () => {
      devices = new OwnedDevices(log);
      return devices.load();
    },
    get: (id) => devices.get(id),
  };
}

function fileCall(log: Backbone["log"], files: string): Call {
  const options = { memory: 200e6, threads: 1, spill: join(files, "spill"), ordered: true };
  let duck: Promise<Duck> | undefined;
  return exportFileCall({
    log,
    devices: newestDevices(log),
    files: new ExportFiles(files),
    duck: () => {
      duck ??= Duck.open(options);
      return duck;
    },
  });
}
