import { randomUUID } from "node:crypto";
import { encodeToken } from "@fleetlog/domain";
import type { Backbone, ClockWatch, Logger } from "@fleetlog/log";
import { HEARTBEAT_INTERVAL_MS, heartbeatSubject, type ReactorsHeartbeat } from "@fleetlog/protocol";
import { systemClock } from "@fleetlog/runtime";
import type { Clock } from "./clock.ts";
import { REACTIONS } from "./reactions.ts";
import type { RunnableReaction } from "./runner/run-reaction.ts";
import { startRunner } from "./runner/runner.ts";

export interface ReactorsOptions {
  readonly backbone: Pick<Backbone, "log" | "bus" | "buckets">;
  readonly id: string;
  readonly leaseTtlMs: number;
  readonly provisionTimeoutMs?: number;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** If given, the reactions judge deadlines by the time of NATS' server. */
  readonly clockWatch?: Pick<ClockWatch, "reading" | "correctedNow">;
  readonly reactions?: readonly RunnableReaction[];
}

export interface Reactors {
  readonly active: boolean;
  stop(): Promise<void>;
}

/**
 * Starts the reactors, which are active if they get the lease and stand by otherwise. The caller closes the backbone.
 */
export function startReactors(options: ReactorsOptions): Reactors {
  const { backbone, id, leaseTtlMs, provisionTimeoutMs, logger, clockWatch, reactions = REACTIONS } = options;
  const clock = judgedBy(clockWatch, options.clock ?? systemClock);
  const runner = startRunner({
    backbone,
    reactions,
    holder: `${id}:${randomUUID()}`,
    leaseTtlMs,
    provisionTimeoutMs,
    clock,
    logger,
  });
  const stopping = new AbortController();
  const sendHeartbeats = async () => {
    while (!stopping.signal.aborted) {
      const heartbeat: ReactorsHeartbeat = {
        kind: "reactors",
        id,
        active: runner.active,
        ...(clockWatch && { clock: clockWatch.reading }),
      };
      backbone.bus.publish(heartbeatSubject("reactors", encodeToken(id)), heartbeat);
      await clock.sleep(HEARTBEAT_INTERVAL_MS, stopping.signal);
    }
  };
  const heartbeats = sendHeartbeats();

  return {
    get active() {
      return runner.active;
    },
    async stop() {
      await runner.stop();
      stopping.abort();
      await heartbeats;
    },
  };
}

/** Returns a clock whose `now` is the time of NATS' server. */
function judgedBy(watch: Pick<ClockWatch, "correctedNow"> | undefined, clock: Clock): Clock {
  if (watch === undefined) return clock;
  return {
    now: () => watch.correctedNow(),
    elapsed: () => clock.elapsed(),
    sleep: (milliseconds, signal) => clock.sleep(milliseconds, signal),
  };
}
