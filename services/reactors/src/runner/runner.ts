import { Views } from "@fleetlog/fleet";
import type { Backbone, Bucket, Logger } from "@fleetlog/log";
import { LEASES } from "@fleetlog/protocol";
import type { Clock } from "../clock.ts";
import { compete } from "./leadership.ts";
import type { RunnableReaction } from "./run-reaction.ts";
import { supervise } from "./supervise.ts";

const VIEWS_WAIT_MS = 5_000;
const PROVISION_TIMEOUT_MS = 15 * 60_000;

export interface RunnerOptions {
  readonly backbone: Pick<Backbone, "log" | "bus" | "buckets">;
  readonly reactions: readonly RunnableReaction[];
  readonly holder: string;
  readonly leaseTtlMs: number;
  readonly provisionTimeoutMs?: number | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Runner {
  readonly active: boolean;
  stop(): Promise<void>;
}

export function startRunner({
  backbone,
  reactions,
  holder,
  leaseTtlMs,
  provisionTimeoutMs = PROVISION_TIMEOUT_MS,
  clock,
  logger,
}: RunnerOptions): Runner {
  const { log, bus, buckets } = backbone;
  const views = new Views(bus, { waitMs: VIEWS_WAIT_MS });
  const stopping = new AbortController();
  let active = false;
  let leases: Bucket | undefined;

  const lead = async (signal: AbortSignal) => {
    active = true;
    signal.addEventListener("abort", () => {
      active = false;
    });
    const context = { log, bus, buckets, views, clock, logger, leaseTtlMs, provisionTimeoutMs, signal };
    await Promise.all(reactions.map((reaction) => supervise(reaction, context)));
  };
  const bucket = async () => {
    leases ??= await buckets.open(LEASES.bucket, { ttlMs: leaseTtlMs, maxBytes: LEASES.maxBytes });
    return leases;
  };
  const competing = compete(
    { bucket, bus, key: LEASES.reactors, holder, ttlMs: leaseTtlMs, clock, logger, lead },
    stopping.signal,
  );

  return {
    get active() {
      return active;
    },
    async stop() {
      stopping.abort();
      await competing;
    },
  };
}
