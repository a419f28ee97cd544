import type { RecordedEvent } from "@fleetlog/domain";

/** Contents of the lease bucket at one moment. Times are milliseconds of a monotonic clock. */
export interface LeasesRead {
  readonly type: "LeasesRead";
  readonly requestedAt: number;
  readonly answeredAt: number;
  /** Gateway to the incarnation that holds its lease. */
  readonly leases: ReadonlyMap<string, string>;
}
/** The bucket or the log could not be reached. */
export interface LeasesUnreadable {
  readonly type: "LeasesUnreadable";
}
export type Tick = LeasesRead | LeasesUnreadable;

export interface DeclareLost {
  readonly gateway: string;
  readonly incarnation: string;
}

interface Running {
  readonly incarnation: string;
  /** When its lease was first found missing; undefined while the lease exists. */
  missingSince: number | undefined;
}

export interface Gateways {
  readonly ttlMs: number;
  readonly running: Map<string, Running>;
  /** Time of the last successful read; undefined after a failed one. */
  lastReadAt: number | undefined;
}

export function initialGateways(ttlMs: number): Gateways {
  return { ttlMs, running: new Map(), lastReadAt: undefined };
}

/**
 * A running gateway is lost when its lease was missing for a whole TTL, and this process could read the leases all that
 * time. After a start or pause of this process, or an absence of the log, the TTL is counted from zero again: the
 * gateways may not have been able to renew their leases either, so they get time for it. A gateway that dies is
 * therefore declared lost about two TTLs later: its lease lapses after the first, and is missing during the second.
 */
export function react(state: Gateways, input: RecordedEvent | Tick): readonly DeclareLost[] {
  switch (input.type) {
    case "GatewayStarted": {
      const { gateway, incarnation } = input.data;
      state.running.set(gateway, { incarnation, missingSince: undefined });
      return [];
    }
    case "GatewayStopped":
    case "GatewayLost": {
      const { gateway, incarnation } = input.data;
      if (state.running.get(gateway)?.incarnation === incarnation) state.running.delete(gateway);
      return [];
    }
    case "LeasesRead":
      return findLost(state, input);
    case "LeasesUnreadable":
      state.lastReadAt = undefined;
      return [];
    default:
      return [];
  }
}

function findLost(state: Gateways, { requestedAt, answeredAt, leases }: LeasesRead): readonly DeclareLost[] {
  // Three ticks: a longer gap between two answers is an outage or a pause of this process.
  const unbroken = state.lastReadAt !== undefined && answeredAt - state.lastReadAt <= state.ttlMs / 2;
  state.lastReadAt = answeredAt;
  const lost: DeclareLost[] = [];
  for (const [gateway, running] of state.running) {
    const { incarnation } = running;
    if (leases.get(gateway) === incarnation) running.missingSince = undefined;
    else if (!unbroken || running.missingSince === undefined) running.missingSince = answeredAt;
    else if (requestedAt - running.missingSince >= state.ttlMs) {
      lost.push({ gateway, incarnation });
      // If appending the event fails, try again after another TTL.
      running.missingSince = answeredAt;
    }
  }
  return lost;
}
