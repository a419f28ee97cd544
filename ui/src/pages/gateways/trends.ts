import type { GatewayResource, GatewayTrend } from "../../data/system.ts";

const MEASURES = ["connections", "events", "commands", "p50", "p99"] as const;
export type Measure = (typeof MEASURES)[number];
export type Trend = Readonly<Record<Measure, readonly number[]>>;

/** Heartbeats kept of each gateway: three minutes at one every 2 s. */
export const KEPT = 90;
const NOTHING: Trend = { connections: [], events: [], commands: [], p50: [], p99: [] };

/** Measures from each gateway's heartbeats of the last three minutes, including the time before the page was opened. */
export class Trends {
  #trends: ReadonlyMap<string, { readonly heardAt: string; readonly trend: Trend }> = new Map();

  /** Begins with the measures that this page's gateway has kept about all gateways. */
  begin(kept: readonly GatewayTrend[]): void {
    this.#trends = new Map(
      kept.map(({ name, incarnation, heardAt, connections, ...measures }) => {
        const { eventsPerSecond: events, commandsPerSecond: commands, appendP50: p50, appendP99: p99 } = measures;
        return [`${name} ${incarnation}`, { heardAt, trend: { connections, events, commands, p50, p99 } }];
      }),
    );
  }

  take(gateways: readonly GatewayResource[]): void {
    const next = new Map<string, { heardAt: string; trend: Trend }>();
    for (const { name, incarnation, live } of gateways) {
      if (live === undefined || !isCounted(live)) continue;
      const key = `${name} ${incarnation}`;
      const before = this.#trends.get(key) ?? { heardAt: "", trend: NOTHING };
      const same = before.heardAt === live.heardAt;
      next.set(key, same ? before : { heardAt: live.heardAt, trend: grown(before.trend, live) });
    }
    this.#trends = next;
  }

  of({ name, incarnation }: GatewayResource): Trend {
    return this.#trends.get(`${name} ${incarnation}`)?.trend ?? NOTHING;
  }
}

type Live = NonNullable<GatewayResource["live"]>;
export type Counted = Live & Required<Pick<Live, "connections" | "eventsPerSecond" | "commandsPerSecond">>;

/** Whether the person may see the counts, which are of all devices. */
export function isCounted(live: Live): live is Counted {
  return live.connections !== undefined;
}

export function connectionsOf({ connections = {} }: Pick<Live, "connections">): number {
  return Object.values(connections).reduce((sum, count) => sum + count, 0);
}

function grown(trend: Trend, live: Counted): Trend {
  const add = (measure: Measure, value: number) => [...trend[measure], value].slice(-KEPT);
  return {
    connections: add("connections", connectionsOf(live)),
    events: add("events", live.eventsPerSecond),
    commands: add("commands", live.commandsPerSecond),
    p50: add("p50", live.appendMs.p50),
    p99: add("p99", live.appendMs.p99),
  };
}
