import { memoryBackbone } from "@fleetlog/log";
import { type GatewayHeartbeat, heartbeatSubject } from "@fleetlog/protocol";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Heartbeats } from "./heartbeats.ts";

const backbone = memoryBackbone();
let now: number;
let heartbeats: Heartbeats;
beforeEach(() => {
  now = 1_000_000;
  heartbeats = new Heartbeats(backbone.bus, () => now);
  heartbeats.start();
});
afterEach(() => heartbeats.stop());

async function beat(eventsPerSecond: number, incarnation = "i1"): Promise<void> {
  const heartbeat: GatewayHeartbeat = {
    kind: "gateway",
    id: "g1",
    incarnation,
    connections: { websocket: 0, mqtt: 0 },
    eventsPerSecond,
    commandsPerSecond: 0,
    appendMs: { p50: 0, p99: 0 },
    logStatus: "ready",
  };
  backbone.bus.publish(heartbeatSubject("gateway", "g1"), heartbeat);
  await new Promise((resolve) => setImmediate(resolve));
  now += 2_000;
}
const recent = () => heartbeats.recent().map((one) => one.heartbeats.map(({ eventsPerSecond }) => eventsPerSecond));

it("Heartbeats keeps a gateway's heartbeats of the last three minutes", async () => {
  for (let i = 0; i < 100; i++) await beat(i);
  const [kept = []] = recent();
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([90, 10, 99]);
});

it("Heartbeats keeps only those of a gateway's newest incarnation, and none after 20 s without a heartbeat", async () => {
  await beat(1);
  await beat(2, "i2");
  expect(recent()).toEqual([[2]]);
  now += 20_000;
  expect(recent()).toEqual([]);
});
