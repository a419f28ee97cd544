import { FleetError, type FleetEvent, type GatewayLost } from "@fleetlog/domain";
import { Writer } from "@fleetlog/fleet";
import { type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { LEASES } from "@fleetlog/protocol";
import { pino } from "pino";
import { describe, expect, it, vi } from "vitest";
import { GatewayNode } from "./node.ts";

const LEASE_TTL_MS = 60;
const ADDRESS = "127.0.0.1:1";

function testNode(backbone: MemoryBackbone, leaseTtlMs = LEASE_TTL_MS) {
  const onLost = vi.fn();
  const onReplaced = vi.fn();
  const node = new GatewayNode({
    name: "g1",
    backbone,
    writer: new Writer(backbone.log, { source: "/gateways/g1", gateway: "g1", clock: Date.now }),
    leaseTtlMs,
    logger: pino({ level: "silent" }),
    clock: Date.now,
    version: "0",
    onReplaced,
  });
  node.onLost(onLost);
  return { node, onLost, onReplaced };
}

/** Type of each event, with that of the one that it follows from. */
async function causesOf({ log }: MemoryBackbone): Promise<string[]> {
  const types = new Map<string, string>();
  const causes: string[] = [];
  for await (const { id, type, causationid } of log.read({ stream: "FLEET", category: "gateway" })) {
    types.set(id, type);
    causes.push(causationid === undefined ? type : `${type} of ${types.get(causationid)}`);
  }
  return causes;
}

function lost(incarnation: string): FleetEvent<GatewayLost> {
  return {
    specversion: "1.0",
    id: `${incarnation}/lost`,
    source: "/reactors/r",
    type: "GatewayLost",
    subject: "fleet.gateway.g1",
    time: new Date().toISOString(),
    data: { gateway: "g1", incarnation, leaseTtlMs: LEASE_TTL_MS },
  };
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
    await node.start(ADDRESS);
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
    await node.start(ADDRESS);
    const before = node.incarnation;
    await backbone.log.append(lost(before));
    await (await backbone.buckets.open(LEASES.bucket, { maxBytes: 1 })).delete(LEASES.gateway("g1"));
    await vi.waitFor(() => expect(onLost).toHaveBeenCalledOnce());
    expect(node.incarnation).not.toBe(before);
    expect((await leaseOf(backbone))?.value).toEqual({ gateway: "g1", incarnation: node.incarnation });
    expect(onReplaced).not.toHaveBeenCalled();
    await node.stop();
    expect(await causesOf(backbone)).toEqual([
      "GatewayStarted",
      "GatewayLost",
      "GatewayStarted of GatewayLost",
      "GatewayStopped of GatewayStarted",
    ]);
  });

  it("learns that it was declared lost although it has its lease again", async () => {
    const backbone = memoryBackbone();
    const { node, onLost } = testNode(backbone);
    await node.start(ADDRESS);
    const before = node.incarnation;
    // Whoever saw the lease absent was slower to say so than this node to renew it.
    await backbone.log.append(lost(before));
    await vi.waitFor(() => expect(onLost).toHaveBeenCalledOnce());
    expect(node.incarnation).not.toBe(before);
    expect((await leaseOf(backbone))?.value).toEqual({ gateway: "g1", incarnation: node.incarnation });
    expect(await typesOf(backbone)).toEqual(["GatewayStarted", "GatewayLost", "GatewayStarted"]);
    await node.stop();
  });

  it("carries on in the end, however often the log goes away in between", async () => {
    const backbone = memoryBackbone();
    const { node, onLost } = testNode(backbone);
    await node.start(ADDRESS);
    await backbone.log.append(lost(node.incarnation));
    // The next incarnation has written its lease, and then can't say that it has started.
    vi.spyOn(backbone.log, "append").mockRejectedValueOnce(new FleetError("log-unavailable", "away"));
    await vi.waitFor(() => expect(onLost).toHaveBeenCalledOnce());
    expect(await typesOf(backbone)).toEqual(["GatewayStarted", "GatewayLost", "GatewayStarted"]);
    await node.stop();
  });

  it("carries on when its start is not in the log any more, because the log was replaced", async () => {
    const backbone = memoryBackbone();
    const { node, onLost, onReplaced } = testNode(backbone);
    await node.start(ADDRESS);
    const before = node.incarnation;
    vi.spyOn(backbone.log, "last").mockResolvedValueOnce(undefined);
    await vi.waitFor(() => expect(onLost).toHaveBeenCalledOnce());
    expect(node.incarnation).not.toBe(before);
    expect(onReplaced).not.toHaveBeenCalled();
    await node.stop();
    expect(await typesOf(backbone)).toEqual(["GatewayStarted", "GatewayStarted", "GatewayStopped"]);
  });

  it("carries on when another process started under its name and has gone since", async () => {
    const backbone = memoryBackbone();
    const { node, onLost } = testNode(backbone);
    await node.start(ADDRESS);
    const second = testNode(backbone);
    await second.node.start(ADDRESS);
    await second.node.stop();
    await vi.waitFor(() => expect(onLost).toHaveBeenCalledOnce());
    await node.stop();
  });

  it("has the last word when it stops while it carries on", async () => {
    const backbone = memoryBackbone();
    const { node, onLost } = testNode(backbone);
    await node.start(ADDRESS);
    await backbone.log.append(lost(node.incarnation));
    const { last } = backbone.log;
    const asked = Promise.withResolvers<void>();
    vi.spyOn(backbone.log, "last").mockImplementationOnce(async (...query) => {
      asked.resolve();
      return last.apply(backbone.log, query);
    });
    await asked.promise;
    await node.stop();
    expect(onLost).toHaveBeenCalledOnce();
    expect((await typesOf(backbone)).at(-1)).toBe("GatewayStopped");
    expect(await leaseOf(backbone)).toBeUndefined();
  });

  it("leaves the lease alone that another process has under its name", async () => {
    const backbone = memoryBackbone();
    const first = testNode(backbone);
    await first.node.start(ADDRESS);
    const second = testNode(backbone);
    await second.node.start(ADDRESS);
    const started = await backbone.log.last("gateway", "g1");
    // What it opened up to there has ended with the other's start, and nothing ends what it opened since.
    expect(await first.node.stop()).toBe(started?.seq);
    expect((await leaseOf(backbone))?.value).toMatchObject({ incarnation: second.node.incarnation });
    expect(await second.node.stop()).toBe(Number.POSITIVE_INFINITY);
  });

  it("knows that the last word of another process under its name ends nothing of its own", async () => {
    const backbone = memoryBackbone();
    // It is far from looking at its lease again.
    const first = testNode(backbone, 60_000);
    await first.node.start(ADDRESS);
    const second = testNode(backbone, 60_000);
    await second.node.start(ADDRESS);
    await second.node.stop();
    expect(await first.node.stop()).toBe(0);
  });

  it("takes its lease again, without a word in the log, when it lapsed but nobody acted on that", async () => {
    const backbone = memoryBackbone();
    const { node, onLost } = testNode(backbone);
    await node.start(ADDRESS);
    await (await backbone.buckets.open(LEASES.bucket, { maxBytes: 1 })).delete(LEASES.gateway("g1"));
    await vi.waitFor(async () => expect(await leaseOf(backbone)).toBeDefined());
    expect(onLost).not.toHaveBeenCalled();
    expect(await typesOf(backbone)).toEqual(["GatewayStarted"]);
    await node.stop();
  });

  it("gives way to another process that started under its name", async () => {
    const backbone = memoryBackbone();
    const first = testNode(backbone);
    await first.node.start(ADDRESS);
    const second = testNode(backbone);
    await second.node.start(ADDRESS);
    await vi.waitFor(() => expect(first.onReplaced).toHaveBeenCalled());
    expect(second.onReplaced).not.toHaveBeenCalled();
    await first.node.stop();
    await second.node.stop();
  });
});
