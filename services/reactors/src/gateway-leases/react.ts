import type { RecordedEvent } from "@fleetlog/domain";

/** The leases at one moment. Times are milliseconds of a monotonic clock. */
export interface LeasesRead {
  readonly type: "LeasesRead";
  readonly requestedAt: number;
  readonly answeredAt: number;
  readonly leases: ReadonlyMap<string, string>;
}
/** The leases could not be read. */
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
  lastReadAt: number | undefined;
}

export function initialGateways(ttlMs: number): Gateways {
  return { ttlMs, running: new Map(), lastReadAt: undefined };
}

/**
 * Declares a running gateway lost when its lease was missing for a whole TTL, in which this process could always read
 * the leases. After a pause of this process or an outage of the log the TTL begins again, because the gateways may have
 * been unable to renew. So a dead gateway is declared lost after about two TTLs: one until its lease lapses, and one in
 * which it is missing.
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
  // A gap of more than three ticks is an outage or a pause of this process.
  const unbroken = state.lastReadAt !== undefined && answeredAt - state.lastReadAt <= state.ttlMs / 2;
  state.lastReadAt = answeredAt;
  const lost: DeclareLost[] = [];
  for (const [gateway, running] of state.running) {
    const { incarnation } = running;
    if (leases.get(gateway) === incarnation) running.missingSince = undefined;
    else if (!unbroken || running.missingSince === undefined) running.missingSince = answeredAt;
    else if (requestedAt - running.missingSince >= state.ttlMs) {
      lost.push({ gateway, incarnation });
      // If the event can't be appended, try again after another TTL.
      running.missingSince = answeredAt;
    }
  }
  return lost;
}
