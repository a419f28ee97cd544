import { describe } from "vitest";
import { describeAppend } from "./append.ts";
import { describeBuckets } from "./buckets.ts";
import { describeBus } from "./bus.ts";
import type { OpenHarness } from "./harness.ts";
import { describeRead } from "./read.ts";
import { describeServerTime } from "./server-time.ts";
import { describeSubscribe } from "./subscribe.ts";

export type { ContractHarness, OpenHarness } from "./harness.ts";
export { describeObjectsContract, type ObjectsHarness } from "./objects.ts";
export { type SlowReads, slowReads } from "./slow-reads.ts";

/** The contract of log, bus and buckets, which every adapter must pass. */
export function describeBackboneContract(name: string, open: OpenHarness): void {
  describe(name, () => {
    describeAppend(open);
    describeRead(open);
    describeSubscribe(open);
    describeBus(open);
    describeBuckets(open);
    describeServerTime(open);
  });
}
