import type { Backbone } from "@fleetlog/log";
import { OwnedDevices } from "../access/devices.ts";
import { asOfCall } from "../as-of/call.ts";
import { CallMoments } from "../as-of/call-moments.ts";
import { exportCall } from "../export/call.ts";
import { startCalls } from "../requests/calls.ts";
import { FoldedAsOf } from "./folded.ts";

export { KurrentDbStandIn } from "../kurrent/testing/kurrent-db.ts";
export { type Call, startCalls } from "../requests/calls.ts";
export { FoldedAsOf } from "./folded.ts";

/** Answers calls from a log in memory, until the returned function is called. */
export function startHistory({ bus, log }: Backbone, historian = "h1"): () => void {
  const lastSeq = async () => (await log.state("FLEET")).lastSeq;
  const asOf = new FoldedAsOf(log);
  const calls = [
    asOfCall({ asOf, moments: new CallMoments({ asOf, lastSeq, now: Date.now }) }),
    exportCall({ log, devices: newestDevices(log), count: async () => undefined }),
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
