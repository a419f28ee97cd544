import { FleetError, type FleetEvent, type GatewayLost } from "@fleetlog/domain";
import { Writer } from "@fleetlog/fleet";
import { type MemoryBackbone, MemoryServer, memoryBackbone } from "@fleetlog/log";
import { LEASES } from "@fleetlog/protocol";
import { pino } from "pino";
import { describe, expect, it, vi } from "vitest";
import { GatewayNode } from "./node.ts";

const LEASE_TTL_MS = 60;
/** Clock of the node and of the leases. Only tests advance it, so no lease expires on a slow machine. */
let now = 0;
const ADDRESS = "127.0.0.1:1";

const testBackbone = () => memoryBackbone({ server: new MemoryServer({ clock: () => now }) });
/** Waits in real time: renewals come every third of the lease. */
const soon = (check: () => unknown) => vi.waitFor(check, { timeout: 20_000, interval: 5 });

function testNode(backbone: MemoryBackbone, leaseTtlMs = LEASE_TTL_MS) {
  const onLost = vi.fn();
  const logged: string[] = [];
  const onReplaced = vi.fn();
  const node = new GatewayNode({
    name: "g1",
    backbone,
    writer: new Writer(backbone.log, { source: "/gateways/g1", gateway: "g1", clock: Date.now }),
    leaseTtlMs,
    logger: pino({}, { write: (line: string) => void logged.push(line) }),
    clock: () => now,
    version: "0",
    onReplaced,
  });
  node.onLost(onLost);
  return { node, onLost, onReplaced, logged };
}

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
  it("holds its lease while it runs; its stop releases the lease and is recorded", async () => {
    const backbone = testBackbone();
    const { node } = testNode(backbone);
    await node.start(ADDRESS);
    const first = await leaseOf(backbone);
    now += 20;
    expect(node.lease).toEqual({ ageMs: 20, ttlMs: LEASE_TTL_MS });
    expect(first?.value).toEqual({ gateway: "g1", incarnation: node.incarnation });
    await soon(async () => expect((await leaseOf(backbone))?.revision).toBeGreaterThan((first?.revision ?? 0) + 3));
    expect(node.lease).toEqual({ ageMs: 0, ttlMs: LEASE_TTL_MS });
    await node.stop();
    expect(await leaseOf(backbone)).toBeUndefined();
    expect(await typesOf(backbone)).toEqual(["GatewayStarted", "GatewayStopped"]);
  });

  it("continues as a new incarnation after it was declared lost", async () => {
    const backbone = testBackbone();
    const { node, onLost, onReplaced } = testNode(backbone);
    await node.start(ADDRESS);
    const before = node.incarnation;
    await backbone.log.append(lost(before));
    await (await backbone.buckets.open(LEASES.bucket, { maxBytes: 1 })).delete(LEASES.gateway("g1"));
    await soon(() => expect(onLost).toHaveBeenCalledOnce());
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

  it("continues as a new incarnation when it was declared lost but has its lease again", async () => {
    const backbone = testBackbone();
    const { node, onLost } = testNode(backbone);
    await node.start(ADDRESS);
    const before = node.incarnation;
    // A reactor saw the lease missing, and appended this event after the node had renewed the lease.
    await backbone.log.append(lost(before));
    await soon(() => expect(onLost).toHaveBeenCalledOnce());
    expect(node.incarnation).not.toBe(before);
    expect((await leaseOf(backbone))?.value).toEqual({ gateway: "g1", incarnation: node.incarnation });
    expect(await typesOf(backbone)).toEqual(["GatewayStarted", "GatewayLost", "GatewayStarted"]);
    await node.stop();
  });

  it("continues as a new incarnation even if the first try to record its GatewayStarted fails", async () => {
    const backbone = testBackbone();
    const { node, onLost } = testNode(backbone);
    await node.start(ADDRESS);
    await backbone.log.append(lost(node.incarnation));
    vi.spyOn(backbone.log, "append").mockRejectedValueOnce(new FleetError("log-unavailable", "away"));
    await soon(() => expect(onLost).toHaveBeenCalledOnce());
    expect(await typesOf(backbone)).toEqual(["GatewayStarted", "GatewayLost", "GatewayStarted"]);
    await node.stop();
  });

  it("continues as a new incarnation when the log was replaced", async () => {
    const backbone = testBackbone();
    const { node, onLost, onReplaced } = testNode(backbone);
    await node.start(ADDRESS);
    const before = node.incarnation;
    vi.spyOn(backbone.log, "last").mockResolvedValueOnce(undefined);
    await soon(() => expect(onLost).toHaveBeenCalledOnce());
    expect(node.incarnation).not.toBe(before);
    expect(onReplaced).not.toHaveBeenCalled();
    await node.stop();
    expect(await typesOf(backbone)).toEqual(["GatewayStarted", "GatewayStarted", "GatewayStopped"]);
  });

  it("continues as a new incarnation at once when the log has lost sessions of the current one", async () => {
    const backbone = testBackbone();
    // With this time to live the lease is not renewed within the test.
    const { node, onLost, logged } = testNode(backbone, 3_600_000);
    await node.start(ADDRESS);
    const before = node.incarnation;
    for (let n = 0; n < 3; n++) node.sessionsMissing();
    await soon(() => expect(onLost).toHaveBeenCalled());
    expect(node.incarnation).not.toBe(before);
    expect(logged.join()).toContain("the log has lost its newest events");
    await node.stop();
    expect(onLost).toHaveBeenCalledOnce();
    expect(await typesOf(backbone)).toEqual(["GatewayStarted", "GatewayStarted", "GatewayStopped"]);
  });

  it("continues as a new incarnation after lost sessions although the log is away at first", async () => {
    const backbone = testBackbone();
    const { node, onLost } = testNode(backbone);
    await node.start(ADDRESS);
    vi.spyOn(backbone.log, "append").mockRejectedValueOnce(new FleetError("log-unavailable", "away"));
    node.sessionsMissing();
    await soon(() => expect(onLost).toHaveBeenCalledOnce());
    await node.stop();
    expect(await typesOf(backbone)).toEqual(["GatewayStarted", "GatewayStarted", "GatewayStopped"]);
  });

  it("continues as a new incarnation when another process started under its name and has stopped", async () => {
    const backbone = testBackbone();
    const { node, onLost } = testNode(backbone);
    await node.start(ADDRESS);
    const second = testNode(backbone);
    await second.node.start(ADDRESS);
    await second.node.stop();
    await soon(() => expect(onLost).toHaveBeenCalledOnce());
    await node.stop();
  });

  it("records its stop as the last event, even if it stops while it becomes a new incarnation", async () => {
    const backbone = testBackbone();
    const { node, onLost } = testNode(backbone);
    await node.start(ADDRESS);
    await backbone.log.append(lost(node.incarnation));
    const { last } = backbone.log;
    const lastRead = Promise.withResolvers<void>();
    vi.spyOn(backbone.log, "last").mockImplementationOnce(async (...query) => {
      lastRead.resolve();
      return last.apply(backbone.log, query);
    });
    await lastRead.promise;
    await node.stop();
    expect(onLost).toHaveBeenCalledOnce();
    expect((await typesOf(backbone)).at(-1)).toBe("GatewayStopped");
    expect(await leaseOf(backbone)).toBeUndefined();
  });

  it("does not release a lease that another process holds under its name", async () => {
    const backbone = testBackbone();
    const first = testNode(backbone);
    await first.node.start(ADDRESS);
    const second = testNode(backbone);
    await second.node.start(ADDRESS);
    const started = await backbone.log.last("gateway", "g1");
    // `stop` resolves with the last ended epoch: here the second process's GatewayStarted.
    expect(await first.node.stop()).toBe(started?.seq);
    expect((await leaseOf(backbone))?.value).toMatchObject({ incarnation: second.node.incarnation });
    expect(await second.node.stop()).toBe(Number.POSITIVE_INFINITY);
  });

  it("resolves `stop` with 0 when the newest event is another process's stop, since that ends no session here", async () => {
    const backbone = testBackbone();
    const first = testNode(backbone, 60_000);
    await first.node.start(ADDRESS);
    const second = testNode(backbone, 60_000);
    await second.node.start(ADDRESS);
    await second.node.stop();
    expect(await first.node.stop()).toBe(0);
  });

  it("takes its lease again without an event when the lease expired but the node was not declared lost", async () => {
    const backbone = testBackbone();
    const { node, onLost } = testNode(backbone);
    await node.start(ADDRESS);
    await (await backbone.buckets.open(LEASES.bucket, { maxBytes: 1 })).delete(LEASES.gateway("g1"));
    await soon(async () => expect(await leaseOf(backbone)).toBeDefined());
    expect(onLost).not.toHaveBeenCalled();
    expect(await typesOf(backbone)).toEqual(["GatewayStarted"]);
    await node.stop();
  });

  it("calls `onReplaced` when another process has started under its name", async () => {
    const backbone = testBackbone();
    const first = testNode(backbone);
    await first.node.start(ADDRESS);
    const second = testNode(backbone);
    await second.node.start(ADDRESS);
    await soon(() => expect(first.onReplaced).toHaveBeenCalled());
    expect(second.onReplaced).not.toHaveBeenCalled();
    await first.node.stop();
    await second.node.stop();
  });
});
