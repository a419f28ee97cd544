import type { Backbone } from "@fleetlog/log";
import { asOfCall } from "../as-of/call.ts";
import { CallMoments } from "../as-of/call-moments.ts";
import { startCalls } from "../requests/calls.ts";
import { FoldedAsOf } from "./folded.ts";

export { type Call, startCalls } from "../requests/calls.ts";
export { FoldedAsOf } from "./folded.ts";

/** Answers calls from a log in memory, until the returned function is called. */
export function startHistory({ bus, log }: Backbone, historian = "h1"): () => void {
  const lastSeq = async () => (await log.state("FLEET")).lastSeq;
  const asOf = new FoldedAsOf(log);
  const call = asOfCall({ asOf, moments: new CallMoments({ asOf, lastSeq, now: Date.now }) });
  return startCalls({ bus, historian, calls: [call] });
}
