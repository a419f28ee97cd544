import { type ClockReading, ClockWatch } from "@fleetlog/log";
import { Gauge } from "prom-client";
import type { Core } from "../core.ts";
import type { NodePart } from "../parts.ts";
import type { PeerClocks } from "./peer-clocks.ts";

export interface ClockPart extends NodePart {
  readonly reading: () => ClockReading;
}

export interface ClockLimits {
  readonly warnMs: number;
  readonly limitMs: number;
}

/** The node is not ready while its clock is wrong. */
export function clockPart({ backbone, logger, clock }: Core, limits: ClockLimits, peers: PeerClocks): ClockPart {
  const watch = new ClockWatch({ backbone, now: clock, logger, ...limits });
  const offset = new Gauge({
    name: "fleetlog_clock_offset_seconds",
    help: "How far this node's clock is ahead of that of NATS' server; negative if it is behind",
    registers: [],
    collect() {
      this.set(watch.reading.offsetMs / 1_000);
    },
  });
  return {
    name: "clock",
    reading: () => watch.reading,
    metrics: [offset],
    notReady: () => (watch.problem === undefined ? [] : [`${watch.problem}${othersOf(peers)}`]),
    start: () => watch.start(),
    stop: () => watch.stop(),
  };
}

/**
 * How many other gateways have the same time as this one, as a sentence. It shows operators which clock is wrong: this
 * node's or that of NATS' server.
 */
function othersOf({ agreement: { agree, differ } }: PeerClocks): string {
  if (agree + differ === 0) return "";
  return `. Of ${agree + differ} other gateways, ${agree} have the same time as this one`;
}
