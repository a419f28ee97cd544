import type { Clock } from "../clock.ts";
import type { Store, StoredReport } from "../store/store.ts";
import type { Refusal } from "../transport/transport.ts";
import { Lane } from "./lane.ts";
import { RateLimit } from "./rate-limit.ts";
import type { Source } from "./source.ts";

export interface ReportOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly batchItems: number;
  readonly batchBytes: number;
  /** Items a second of what had gathered before the connection was made. */
  readonly backlogPerSecond: number;
  onRefused(report: StoredReport, refusal: Refusal): void;
  /** The backlog may go on. */
  onReady(): void;
}

/**
 * The stored reports in two lanes, each in sequence: what was reported since this connection was made, at once; and
 * what had gathered before, at a limited rate, so that a long absence does not keep the present waiting.
 */
export function reportSources(options: ReportOptions): { readonly live: Source; readonly backlog: Source } {
  const { store, clock, batchItems, backlogPerSecond } = options;
  const liveLane = new Lane(options);
  const backlogLane = new Lane(options);
  const rate = new RateLimit(backlogPerSecond, Math.max(batchItems, backlogPerSecond / 10), clock);
  let timer: (() => void) | undefined;

  return {
    live: {
      share: "whole",
      take: () => liveLane.take()?.parcel,
      reconnected: () => liveLane.cover(store.lastKey, Number.POSITIVE_INFINITY),
      get empty() {
        return liveLane.empty;
      },
    },
    backlog: {
      share: "half",
      take() {
        const taken = backlogLane.take(rate.available);
        if (taken !== undefined) rate.take(taken.items);
        else if (timer === undefined && !backlogLane.empty && rate.available < 1) {
          timer = clock.after(rate.untilAvailable(batchItems), () => {
            timer = undefined;
            options.onReady();
          });
        }
        return taken?.parcel;
      },
      reconnected: () => backlogLane.cover(0, store.lastKey),
      get empty() {
        return backlogLane.empty;
      },
    },
  };
}
