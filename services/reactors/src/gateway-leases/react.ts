import type { RecordedEvent } from "@fleetlog/domain";

/** What the bucket of leases held at one moment. Times are of a clock that only grows, in milliseconds. */
export interface LeasesSeen {
  readonly type: "LeasesSeen";
  readonly askedAt: number;
  readonly answeredAt: number;
  /** Gateway to the incarnation that holds its lease. */
  readonly leases: ReadonlyMap<string, string>;
}
/** The bucket or the log was not reached. */
export interface LeasesUnseen {
  readonly type: "LeasesUnseen";
}
export type Tick = LeasesSeen | LeasesUnseen;

export interface DeclareLost {
  readonly gateway: string;
  readonly incarnation: string;
}

interface Running {
  readonly incarnation: string;
  /** Since when its lease has been seen to be absent; undefined while it is there. */
  missingSince: number | undefined;
}

export interface Gateways {
  readonly ttlMs: number;
  readonly running: Map<string, Running>;
  /** When the last of an unbroken row of observations was answered. */
  seenAt: number | undefined;
}

export function noGateways(ttlMs: number): Gateways {
  return { ttlMs, running: new Map(), seenAt: undefined };
}

/**
 * A running gateway whose lease is absent for a whole time to live, observed without a break, is lost. Whenever nothing
 * could be observed (at the start, while the log is away, while this process was stopped) the time begins anew: the
 * gateways could not renew either, and get the chance to.
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
    case "LeasesSeen":
      return judge(state, input);
    case "LeasesUnseen":
      state.seenAt = undefined;
      return [];
    default:
      return [];
  }
}

function judge(state: Gateways, { askedAt, answeredAt, leases }: LeasesSeen): readonly DeclareLost[] {
  const unbroken = state.seenAt !== undefined && answeredAt - state.seenAt <= state.ttlMs / 2;
  state.seenAt = answeredAt;
  const lost: DeclareLost[] = [];
  for (const [gateway, running] of state.running) {
    const { incarnation } = running;
    if (leases.get(gateway) === incarnation) running.missingSince = undefined;
    else if (!unbroken || running.missingSince === undefined) running.missingSince = answeredAt;
    else if (askedAt - running.missingSince >= state.ttlMs) {
      lost.push({ gateway, incarnation });
      // Should the event not come of it, it is tried again when as much time has passed.
      running.missingSince = answeredAt;
    }
  }
  return lost;
}
