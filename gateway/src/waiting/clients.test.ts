import { PassThrough } from "node:stream";
import { registerDevice, WaitingStore } from "@fleetlog/fleet";
import { testCaller } from "@fleetlog/fleet/testing";
import { heapGrowth } from "@fleetlog/runtime/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Dialects } from "../dialects/dialects.ts";
import { DIALECTS } from "../dialects/list.ts";
import type { DeviceSession } from "../sessions/index.ts";
import { type TestNode, testNode } from "../testing/test-node.ts";
import { WaitingClients } from "./index.ts";
import { WaitingSession } from "./session.ts";

const MIB = 1_024 ** 2;

let node: TestNode;
let now: number;
let waiting: WaitingClients;
const connected = new Set<string>();
beforeEach(async () => {
  node = await testNode();
  now = 1_000_000;
  connected.clear();
  waiting = waitingOn(node);
});

function waitingOn({ core }: TestNode): WaitingClients {
  return new WaitingClients({
    core: { ...core, clock: () => now },
    sessions: {
      get: (device) => (connected.has(device) ? ({ isAlive: async () => true } as DeviceSession) : undefined),
    },
    dialects: new Dialects(DIALECTS),
    listeners: DIALECTS,
  });
}

/** The origin of a client. Each number gives another network. */
const from = (n: number) => ({ address: `10.${n >> 8}.${n & 255}.1:4000`, listener: "edgebind" });
const refusalOf = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
};
const connectionFrom = (n: number) => ({ origin: from(n), admit: () => Promise.reject(new Error("not admitted")) });

describe("clients that wait to be let in", () => {
  it("are at most 256; one that leaves makes room", () => {
    const streams = Array.from({ length: 256 }, () => new PassThrough());
    const [first] = streams;
    for (const [n, stream] of streams.entries()) waiting.reserve(stream, from(n));
    const refused = () => refusalOf(() => waiting.reserve(new PassThrough(), from(999)));
    expect(refused()).toMatchObject({ code: "unavailable", retryAfterMs: expect.any(Number) });
    first?.emit("close");
    const released = waiting.reserve(new PassThrough(), from(999));
    expect(refused()).toMatchObject({ code: "unavailable" });
    released();
    expect(refused()).toBeUndefined();
  });

  it("of one address are at most 16, and keep out no client of another address", () => {
    for (let n = 0; n < 16; n++) waiting.reserve(new PassThrough(), from(1));
    expect(refusalOf(() => waiting.reserve(new PassThrough(), from(1)))).toMatchObject({ code: "unavailable" });
    expect(refusalOf(() => waiting.reserve(new PassThrough(), from(2)))).toBeUndefined();
  });

  it("may try 64 times at once from a network, and then four times a second", () => {
    for (let n = 0; n < 64; n++) waiting.countAttempt(from(1));
    const refusal = () => refusalOf(() => waiting.countAttempt(from(1)));
    expect(refusal()).toMatchObject({ code: "rate-limited", retryAfterMs: 250 });
    expect(refusalOf(() => waiting.countAttempt(from(2)))).toBeUndefined();
    now += 1_000;
    for (let n = 0; n < 4; n++) expect(refusal()).toBeUndefined();
    expect(refusal()).toMatchObject({ code: "rate-limited" });
  });

  it("retain no memory after they have gone, however many networks they come from", async () => {
    const one = (n: number) => {
      refusalOf(() => waiting.countAttempt(from(n & 65_535)));
      const { session, conversation } = waiting.add(connectionFrom(n & 65_535));
      conversation.subscribed?.(new Set([`event-${n}`]));
      session.connectionEnded();
    };
    for (let n = 0; n < 20_000; n++) one(n);
    expect(
      await heapGrowth(() => {
        for (let n = 20_000; n < 60_000; n++) one(n);
      }),
    ).toBeLessThan(2 * MIB);
  });

  it("are shown with at most 16 events each, and fit into the store when all have the longest names", async () => {
    const part = waiting.part();
    await part.start?.({} as never);
    const events = new Set(Array.from({ length: 200 }, (_, n) => `e${n}`.padEnd(128, "x")));
    for (let n = 0; n < 256; n++) {
      const { conversation } = waiting.add(connectionFrom(n));
      for (const event of events) conversation.subscribed?.(new Set([event]));
    }
    const store = new WaitingStore(node.backbone.buckets);
    await expect.poll(async () => (await store.list()).length, { timeout: 20_000 }).toBe(256);
    const all = await store.list();
    for (const { events: names } of all) expect(names).toHaveLength(16);
    expect(Buffer.byteLength(JSON.stringify(all))).toBeLessThan(MIB);
    await part.drain?.();
  });
});

describe("of several clients that come from one address, to two gateways", () => {
  let other: TestNode;
  let others: WaitingClients;
  const stops: (() => Promise<void> | void | undefined)[] = [];
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    other = await testNode("g2", node.backbone.server);
    others = waitingOn(other);
    for (const part of [waiting.part(), others.part()]) {
      await part.start?.({} as never);
      stops.push(() => part.drain?.());
    }
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    vi.useRealTimers();
  });
  const shared = async () => {
    const all = await new WaitingStore(node.backbone.buckets).list();
    return Object.fromEntries(all.map((client) => [client.gateway, client.shared === true]));
  };

  it("each is marked, and stays marked when the other one leaves", async () => {
    waiting.add(connectionFrom(1));
    others.add(connectionFrom(2));
    await expect.poll(shared).toEqual({ g1: false, g2: false });
    const { session } = others.add(connectionFrom(1));
    session.connectionEnded();
    await expect.poll(shared).toEqual({ g1: true, g2: false });
  });

  it("one that waits alone is marked while another one, which was let in at the other gateway, is connected", async () => {
    const caller = testCaller("ada", "c");
    await registerDevice(node.fleet, caller, { id: "gate", dialect: "edgebind" });
    const { session } = waiting.add({ origin: from(1), admit: async () => void connected.add("gate") });
    await expect.poll(shared).toEqual({ g1: false });
    const [client] = await new WaitingStore(node.backbone.buckets).list();
    await node.backbone.bus.request("waiting.admit.g1", { waiting: client?.id, device: "gate" });
    session.connectionEnded();
    const second = others.add(connectionFrom(1));
    await expect.poll(shared).toEqual({ g2: true });
    second.session.connectionEnded();
    connected.delete("gate");
    others.add(connectionFrom(1));
    await expect.poll(shared).toEqual({ g2: false });
  });

  it("one that gets the address just before another one comes is not recognised by that address", async () => {
    waiting.add({ origin: from(1), admit: async () => void connected.add("gate") });
    await expect.poll(shared).toEqual({ g1: false });
    const [client] = await new WaitingStore(node.backbone.buckets).list();
    const address = client?.address ?? "";
    await registerDevice(node.fleet, testCaller("ada", "c"), { id: "gate", dialect: "edgebind", address });
    others.add(connectionFrom(1));
    await node.backbone.bus.request("waiting.admit.g1", { waiting: client?.id, device: "gate" });
    connected.clear();
    expect(await node.fleet.credentials.verifyAddress("gate", address)).toBeUndefined();
  });

  it("one that comes while the gateways are disconnected is found later, and the address then identifies neither", async () => {
    waiting.add({ origin: from(1), admit: async () => void connected.add("gate") });
    await expect.poll(shared).toEqual({ g1: false });
    const [client] = await new WaitingStore(node.backbone.buckets).list();
    const address = client?.address ?? "";
    node.backbone.server.set({ reachable: false });
    others.add(connectionFrom(1));
    node.backbone.server.set({ reachable: true });
    await registerDevice(node.fleet, testCaller("ada", "c"), { id: "gate", dialect: "edgebind", address });
    await node.backbone.bus.request("waiting.admit.g1", { waiting: client?.id, device: "gate" });
    const isKnown = async () => (await node.fleet.credentials.verifyAddress("gate", address)) !== undefined;
    expect(await isKnown()).toBe(true);
    vi.advanceTimersByTime(10_000);
    await expect.poll(isKnown).toBe(false);
    await expect.poll(shared).toMatchObject({ g2: true });
  });
});

it("a client that waits sends 20 messages and 16 KiB at once, then one a second and 1 KiB a second", () => {
  let clock = 0;
  const session = new WaitingSession(
    () => clock,
    () => {},
  );
  for (let n = 0; n < 20; n++) expect(session.throttle(1, 100)).toBe(0);
  expect(session.throttle(1, 100)).toBe(1_000);
  clock += 60_000;
  expect(session.throttle(1, 16 * 1_024)).toBe(0);
  expect(session.throttle(1, 1_000)).toBe(1_000);
});
