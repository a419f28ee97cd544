import { type FleetEvent, toEvent } from "@fleetlog/domain";
import { type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { beforeEach, describe, expect, it } from "vitest";
import { type SessionRecord, SessionStore } from "./store.ts";

let backbone: MemoryBackbone;
let store: SessionStore;
beforeEach(() => {
  backbone = memoryBackbone();
  store = new SessionStore(backbone, () => 0);
});

function record(session: string | undefined, epoch: number, topic: string): SessionRecord {
  const subscriptions = { [topic]: 1 as const };
  return { ...(session !== undefined && { session }), epoch, expirySeconds: 60, subscriptions, received: [], sent: [] };
}

function opened(id: string): FleetEvent {
  const data = { device: "d1", gateway: "g1", incarnation: "i1", protocol: "mqtt" } as const;
  const frame = { id, source: "/gateways/g1", time: new Date(0).toISOString(), entity: "d1" };
  return toEvent({ type: "SessionOpened", data }, frame);
}

const stored = async () => (await store.load("d1"))?.record;

describe("SessionStore, when two sessions of a device save their records", () => {
  it("keeps the record of the session that is the newest in the log, whatever the epochs", async () => {
    // The log has lost its newest events, so the newer session has the lower epoch.
    const older = record("s-old", 50, "old");
    const newer = record("s-new", 7, "new");
    await store.save("d1", older, undefined);
    await backbone.log.append(opened("s-new"));
    expect(await store.save("d1", newer, undefined)).toBeDefined();
    expect(await stored()).toEqual(newer);
    expect(await store.save("d1", older, undefined)).toBeUndefined();
    expect(await stored()).toEqual(newer);
  });

  it("keeps the record with the higher epoch if a record has no session id, or the log has neither session", async () => {
    const older = record(undefined, 5, "old");
    const newer = record("s-new", 7, "new");
    await store.save("d1", newer, undefined);
    expect(await store.save("d1", older, undefined)).toBeUndefined();
    expect(await store.save("d1", record("s-next", 9, "next"), undefined)).toBeDefined();
    expect((await stored())?.epoch).toBe(9);
  });
});

it("SessionStore discards the record of an older session, and not of a newer one", async () => {
  const [older, newer] = [record("s-old", 5, "old"), record("s-new", 7, "new")];
  await store.save("d1", newer, undefined);
  await store.discard("d1", older);
  expect(await stored()).toEqual(newer);
  await store.discard("d1", record("s-next", 9, "next"));
  expect(await stored()).toBeUndefined();
});

describe("SessionStore, for a device that does not release its QoS 2 publications", () => {
  it.each([
    ["all identifiers", Array.from({ length: 0xffff }, (_, i) => i + 1)],
    ["each second one", Array.from({ length: 0x7fff }, (_, i) => 2 * i + 1)],
    ["a thousand", Array.from({ length: 1_000 }, (_, i) => 0xffff - 1_000 + i + 1)],
  ])("stores %s in at most 12 KB, and loads them", async (_, received) => {
    const one = { ...record("s", 7, "topic"), received };
    await store.save("d1", one, undefined);
    const bucket = await backbone.buckets.open("mqtt-sessions", { maxBytes: 1_000_000 });
    expect(JSON.stringify((await bucket.get("d1"))?.value).length).toBeLessThan(12_000);
    expect(await stored()).toEqual(one);
  });

  it("loads a record of an earlier release, which has a list of them", async () => {
    const one = { ...record("s", 7, "topic"), received: Array.from({ length: 5_000 }, (_, i) => i + 1) };
    await store.save("d1", record("s", 7, "topic"), undefined);
    await (await backbone.buckets.open("mqtt-sessions", { maxBytes: 1_000_000 })).put("d1", one);
    expect(await stored()).toEqual(one);
  });
});
