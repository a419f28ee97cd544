import { type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { LEASES } from "@fleetlog/protocol";
import { pino } from "pino";
import { describe, expect, it, vi } from "vitest";
import { GatewayNode } from "./node.ts";

const LEASE_TTL_MS = 60;

function testNode(backbone: MemoryBackbone) {
  const onLost = vi.fn();
  const onReplaced = vi.fn();
  const node = new GatewayNode({
    name: "g1",
    backbone,
    leaseTtlMs: LEASE_TTL_MS,
    logger: pino({ level: "silent" }),
    clock: Date.now,
    version: "0",
    onLost,
    onReplaced,
  });
  return { node, onLost, onReplaced };
}

async function typesOf({ log }: MemoryBackbone): Promise<string[]> {
  const types: string[] = [];
  for await (const event of log.read({ stream: "FLEET", category: "gateway" })) types.push(event.type);
  return types;
}

const leaseOf = async (backbone: MemoryBackbone) =>
  (await backbone.buckets.open(LEASES.bucket, { maxBytes: 1 })).get(LEASES.gateway("g1"));

describe("GatewayNode", () => {
  it("holds its lease while it runs, and gives it back with a last word when it stops", async () => {
    const backbone = memoryBackbone();
    const { node } = testNode(backbone);
    await node.start("127.0.0.1:1");
    const first = await leaseOf(backbone);
    expect(first?.value).toEqual({ gateway: "g1", incarnation: node.incarnation });
    await vi.waitFor(async () =>
      expect((await leaseOf(backbone))?.revision).toBeGreaterThan((first?.revision ?? 0) + 3),
    );
    const { ageMs = -1, ttlMs } = node.lease ?? {};
    expect(ttlMs).toBe(LEASE_TTL_MS);
    expect(ageMs).toBeGreaterThanOrEqual(0);
    // Four renewals have passed since the first: its age is not that of the node.
    expect(ageMs).toBeLessThan((LEASE_TTL_MS / 3) * 4);
    await node.stop();
    expect(await leaseOf(backbone)).toBeUndefined();
    expect(await typesOf(backbone)).toEqual(["GatewayStarted", "GatewayStopped"]);
  });

  it("carries on as a new incarnation after it was declared lost", async () => {
    const backbone = memoryBackbone();
    const { node, onLost, onReplaced } = testNode(backbone);
    await node.start("127.0.0.1:1");
    const before = node.incarnation;
    await backbone.log.append({
      specversion: "1.0",
      id: "lost",
      source: "/reactors/r",
      type: "GatewayLost",
      subject: "fleet.gateway.g1",
      time: new Date().toISOString(),
      data: { gateway: "g1", incarnation: before, leaseTtlMs: LEASE_TTL_MS },
    });
    await (await backbone.buckets.open(LEASES.bucket, { maxBytes: 1 })).delete(LEASES.gateway("g1"));
    await vi.waitFor(() => expect(onLost).toHaveBeenCalledOnce());
    expect(node.incarnation).not.toBe(before);
    expect(await typesOf(backbone)).toEqual(["GatewayStarted", "GatewayLost", "GatewayStarted"]);
    expect((await leaseOf(backbone))?.value).toEqual({ gateway: "g1", incarnation: node.incarnation });
    expect(onReplaced).not.toHaveBeenCalled();
    await node.stop();
  });

  it("takes its lease again, without a word in the log, when it lapsed but nobody acted on that", async () => {
    const backbone = memoryBackbone();
    const { node, onLost } = testNode(backbone);
    await node.start("127.0.0.1:1");
    await (await backbone.buckets.open(LEASES.bucket, { maxBytes: 1 })).delete(LEASES.gateway("g1"));
    await vi.waitFor(async () => expect(await leaseOf(backbone)).toBeDefined());
    expect(onLost).not.toHaveBeenCalled();
    expect(await typesOf(backbone)).toEqual(["GatewayStarted"]);
    await node.stop();
  });

  it("gives way to another process that started under its name", async () => {
    const backbone = memoryBackbone();
    const first = testNode(backbone);
    await first.node.start("127.0.0.1:1");
    const second = testNode(backbone);
    await second.node.start("127.0.0.1:1");
    await vi.waitFor(() => expect(first.onReplaced).toHaveBeenCalled());
    expect(second.onReplaced).not.toHaveBeenCalled();
    await first.node.stop();
    await second.node.stop();
  });
});
