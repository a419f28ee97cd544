import { TokenBucket } from "@fleetlog/runtime";
import type { Clock } from "../clock.ts";
import type { Store, StoredReport } from "../store/store.ts";
import type { Refusal } from "../transport/transport.ts";
import type { MessageSource } from "./message-source.ts";
import { ReportRange } from "./report-range.ts";

export interface ReportSourcesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly batchItems: number;
  readonly batchBytes: number;
  readonly backlogPerSecond: number;
  onRefused(report: StoredReport, refusal: Refusal): void;
  onReady(): void;
}

/** Reports made on this connection are sent at once, older reports at a limited rate. */
export function reportSources(options: ReportSourcesOptions): {
  readonly live: MessageSource;
  readonly backlog: MessageSource;
} {
  const { store, clock, batchItems, backlogPerSecond } = options;
  const live = new ReportRange(options);
  const backlog = new ReportRange(options);
  const rate = new TokenBucket(
    { burst: Math.max(batchItems, backlogPerSecond / 10), refillMs: 1_000 / backlogPerSecond },
    () => clock.elapsed(),
  );
  let timer: (() => void) | undefined;

  return {
    live: {
      share: "whole",
      take: () => live.take()?.delivery,
      reconnected: () => live.cover(store.lastKey, Number.POSITIVE_INFINITY),
      get empty() {
        return live.empty;
      },
    },
    backlog: {
      share: "half",
      take() {
        const taken = backlog.take(rate.available);
        if (taken !== undefined) rate.take(taken.count);
        else if (timer === undefined && !backlog.empty && rate.available < 1) {
          timer = clock.after(rate.untilAvailable(batchItems), () => {
            timer = undefined;
            options.onReady();
          });
        }
        return taken?.delivery;
      },
      reconnected: () => backlog.cover(0, store.lastKey),
      get empty() {
        return backlog.empty;
      },
    },
  };
}
