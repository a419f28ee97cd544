import type { GatewayHeartbeat } from "@fleetlog/protocol";
import { beforeEach, expect, it } from "vitest";
import { PeerClocks } from "./peer-clocks.ts";

let logged: string[];
let peers: PeerClocks;
beforeEach(() => {
  logged = [];
  const log = (level: string) => (_: object, text: string) => void logged.push(`${level} ${text}`);
  peers = new PeerClocks("g1", 2_000, { info: log("info"), warn: log("warn") } as never);
});

function beats(id: string, behindMs: number, delays: readonly number[]): void {
  for (const delay of delays) {
    const sentAt = 1_000_000;
    peers.heard({ kind: "gateway", id, sentAt } as GatewayHeartbeat, sentAt + behindMs + delay);
  }
}

it("PeerClocks warns when a gateway's clock is ahead or behind, and logs when the clocks agree again", () => {
  beats("g2", 3_600_000, [1, 1, 1, 1]);
  expect(logged).toEqual([]);
  beats("g2", 3_600_000, [1, 1]);
  beats("g3", -5_000, [1, 1, 1, 1, 1]);
  expect(logged).toEqual([
    "warn this gateway's clock is 3600.0 s ahead of that of g2; synchronize them (NTP)",
    "warn this gateway's clock is 5.0 s behind that of g3; synchronize them (NTP)",
  ]);
  expect(peers.differenceTo("g2")).toBe(3_600_001);
  expect(peers.agreement).toEqual({ agree: 0, differ: 2 });
  beats("g2", 0, [1, 1, 1, 1, 1]);
  expect(logged[2]).toMatch(/^info/);
  expect(peers.agreement).toEqual({ agree: 1, differ: 1 });
  peers.forget("g3");
  expect(peers.agreement).toEqual({ agree: 1, differ: 0 });
});

it("PeerClocks counts no difference for late heartbeats, its own heartbeats, or heartbeats without `sentAt`", () => {
  beats("g2", 0, [9_000, 8_000, 7_000, 6_000, 3]);
  beats("g1", 3_600_000, [1, 1, 1, 1, 1]);
  for (let i = 0; i < 5; i++) peers.heard({ kind: "gateway", id: "g4" } as GatewayHeartbeat, 5);
  expect(logged).toEqual([]);
  expect(peers.differenceTo("g2")).toBe(3);
  expect(peers.agreement).toEqual({ agree: 1, differ: 0 });
});

it("PeerClocks compares the clocks of at most 1,000 gateways", () => {
  for (let i = 0; i < 2_000; i++) beats(`x${i}`, 0, [1, 1, 1, 1, 1]);
  expect(peers.agreement).toEqual({ agree: 1_000, differ: 0 });
});
