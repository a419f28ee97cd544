import { acknowledgedBy } from "@fleetlog/log";
import type { NatsResource } from "@fleetlog/protocol";
import { logGauges } from "../../metrics/log.ts";
import type { Core } from "../core.ts";
import type { NodePart } from "../parts.ts";
import { LogHealth, type LogState } from "./log-health.ts";
import { LogPing } from "./log-ping.ts";
import { Reserve } from "./reserve.ts";
import { type DeclaredBytes, readStreams } from "./streams.ts";

export interface LogPart extends NodePart {
  readonly health: LogHealth;
  readonly reserve: Reserve;
  readonly nats: () => NatsResource;
}

const REASONS: Readonly<Record<LogState, readonly string[]>> = {
  ready: [],
  full: ["the log is full"],
  away: ["the log can't be reached"],
  hung: ["the log does not answer"],
};

/** @param declared maximum bytes of each stream */
export function logPart({ backbone, logger, clock }: Core, declared: DeclaredBytes): LogPart {
  const { log } = backbone;
  const reserve = new Reserve(logger);
  const ping = new LogPing({
    ping: async () => {
      const { bytes, maxBytes } = await log.state("FLEET");
      reserve.update(bytes, maxBytes);
    },
  });
  const health = new LogHealth(log, ping, clock);
  return {
    name: "log",
    health,
    reserve,
    nats: () => ({ version: backbone.logServer.version, ...acknowledgedBy(backbone.logServer) }),
    metrics: logGauges(
      () => log.status,
      () => readStreams(log, declared),
      () => log.missing.count,
    ),
    notReady: () => {
      const isUnreachable = health.state === "away" || health.state === "hung";
      return isUnreachable && log.problem !== undefined ? [log.problem] : REASONS[health.state];
    },
    start: () => ping.start(),
    stop() {
      ping.stop();
      health.stop();
    },
  };
}
