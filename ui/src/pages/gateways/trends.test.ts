import { expect, it } from "vitest";
import type { GatewayResource } from "../../data/system.ts";
import { KEPT, Trends } from "./trends.ts";

function gateway(heartbeat: number, incarnation = "i1"): GatewayResource {
  return {
    name: "g1",
    incarnation,
    status: "running",
    since: "2026-01-01T00:00:00.000Z",
    live: {
      connections: { mqtt: heartbeat, websocket: 1 },
      eventsPerSecond: heartbeat,
      commandsPerSecond: 0,
      appendMs: { p50: 1, p99: 2 },
      logStatus: "ready",
      heardAt: `heartbeat ${heartbeat}`,
    },
    seq: 1,
  };
}

it("the trend adds each heartbeat once, although some are read two or three times", () => {
  const trends = new Trends();
  for (const heartbeat of [1, 1, 2, 2, 2, 3]) trends.take([gateway(heartbeat)]);
  expect(trends.of(gateway(3))).toMatchObject({ events: [1, 2, 3], connections: [2, 3, 4], p99: [2, 2, 2] });
});

it("the trend continues the measures that the gateway has kept", () => {
  const trends = new Trends();
  const measures = { eventsPerSecond: [5, 6], commandsPerSecond: [0, 0], appendP50: [1, 1], appendP99: [2, 2] };
  trends.begin([{ name: "g1", incarnation: "i1", heardAt: "heartbeat 6", connections: [6, 7], ...measures }]);
  trends.take([gateway(6)]);
  trends.take([gateway(7)]);
  expect(trends.of(gateway(7))).toMatchObject({ events: [5, 6, 7], connections: [6, 7, 8] });
});

it("the trend keeps a limited number of heartbeats, and starts again for a new incarnation", () => {
  const trends = new Trends();
  for (let heartbeat = 0; heartbeat < KEPT + 10; heartbeat++) trends.take([gateway(heartbeat)]);
  expect(trends.of(gateway(0)).events).toHaveLength(KEPT);
  expect(trends.of(gateway(0)).events.at(-1)).toBe(KEPT + 9);
  trends.take([gateway(1, "i2")]);
  expect(trends.of(gateway(1, "i2")).events).toEqual([1]);
  expect(trends.of(gateway(1, "i1")).events).toEqual([]);
});
