import { randomUUID } from "node:crypto";
import { encodeToken } from "@fleetlog/domain";
import type { Backbone, Logger } from "@fleetlog/log";
import { HEARTBEAT_INTERVAL_MS, heartbeatSubject, type ReactorsHeartbeat } from "@fleetlog/protocol";
import { systemClock } from "@fleetlog/runtime";
import type { Clock } from "./clock.ts";
import { REACTIONS } from "./reactions.ts";
import type { RunnableReaction } from "./runner/run-reaction.ts";
import { startRunner } from "./runner/runner.ts";

export interface ReactorsOptions {
  readonly backbone: Pick<Backbone, "log" | "bus" | "buckets">;
  /** This process's name in its heartbeats. */
  readonly id: string;
  readonly leaseTtlMs: number;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly reactions?: readonly RunnableReaction[];
}

export interface Reactors {
  readonly active: boolean;
  /** Stops reacting and hands over to a standby process. */
  stop(): Promise<void>;
}

/** Starts this process's reactors: active if it gets the lease, else standby. The caller closes the backbone. */
export function startReactors(options: ReactorsOptions): Reactors {
  const { backbone, id, leaseTtlMs, logger, clock = systemClock, reactions = REACTIONS } = options;
  const runner = startRunner({ backbone, reactions, holder: `${id}:${randomUUID()}`, leaseTtlMs, clock, logger });
  const stopping = new AbortController();
  const sendHeartbeats = async () => {
    while (!stopping.signal.aborted) {
      const heartbeat: ReactorsHeartbeat = { kind: "reactors", id, active: runner.active };
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
