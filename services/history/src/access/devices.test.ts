import { setImmediate } from "node:timers/promises";
import type { FleetEvent, RecordedEvent } from "@fleetlog/domain";
import { type EventLog, memoryBackbone } from "@fleetlog/log";
import { History } from "@fleetlog/projections/fixtures";
import type { ExportLinesRequest } from "@fleetlog/protocol";
import { seeded } from "@fleetlog/runtime/testing";
import { expect, it } from "vitest";
import { exportCall } from "../export/call.ts";
import { OwnedDevices } from "./devices.ts";

function move(history: History, device: string, to: string, kept: "along" | "stays" = "along"): RecordedEvent {
  return history.add(device, { type: "DeviceMoved", data: { device, from: "main", to, history: kept, by: "ada" } });
}

async function append(log: EventLog, ...events: readonly RecordedEvent[]): Promise<void> {
  for (const { seq: _, stream: __, ...event } of events) await log.append(event as FleetEvent);
}

it("a device that has moved is not exported for its former account, although the historian is far behind", async () => {
  const { log } = memoryBackbone();
  const history = new History();
  const call = exportCall({ log, devices: new OwnedDevices(log), count: async () => undefined });
  const exported = async (account: string) => {
    const request: ExportLinesRequest = { format: "jsonl", categories: ["device"], scope: { accounts: [account] } };
    let text = "";
    for await (const part of (await call.answer(request as never)) as AsyncIterable<string>) text += part;
    return ["DeviceRegistered", "DeviceMoved", "DeviceRenamed"].filter((type) => text.includes(type));
  };
  await append(log, history.register("pump"));
  expect(await exported("main")).toEqual(["DeviceRegistered"]);
  const renamed = { type: "DeviceRenamed", data: { device: "pump", name: "of the south", by: "ben" } } as const;
  await append(log, move(history, "pump", "south", "stays"), history.add("pump", renamed));
  expect(await exported("main")).toEqual([]);
  expect(await exported("south")).toEqual(["DeviceMoved", "DeviceRenamed"]);
});

it("no change of a device is lost if a read of the log fails, or if further events arrive during the read", async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seeded(seed);
    const history = new History();
    const ids = ["a", "b", "c"];
    for (let n = 0; n < 60; n++) {
      const device = ids[random(3)] ?? "a";
      const kind = random(6);
      if (kind === 0) history.retire(device);
      else if (kind === 1) move(history, device, `account-${n}`, random(2) === 0 ? "along" : "stays");
      else if (kind === 2) history.open(device);
      else if (kind === 3) history.register(device, { tags: [`tag-${n}`] });
      else history.add(device, { type: "DeviceTagged", data: { device, tags: [`tag-${n}`], by: "ada" } });
    }
    const { events } = history;
    let [stored, followed, fails] = [0, 0, true];
    const read: EventLog["read"] = async function* ({ fromSeq = 1 }) {
      const end = stored;
      for (const event of events.slice(fromSeq - 1, end)) {
        if (random(4) === 0) await setImmediate();
        if (fails && random(30) === 0) throw new Error("the log is away");
        if (event.subject.startsWith("fleet.device.")) yield event;
      }
    };
    const state = async () => ({ lastSeq: stored });
    const devices = new OwnedDevices({ read, state });
    const loads: Promise<unknown>[] = [];
    while (followed < events.length) {
      stored = Math.min(events.length, stored + random(6));
      if (random(3) === 0) loads.push(devices.load().catch(() => {}));
      const upTo = Math.min(stored, followed + random(5));
      devices.add(events.slice(followed, upTo));
      followed = upTo;
      if (random(3) === 0) await setImmediate();
    }
    await Promise.all(loads);
    fails = false;
    await devices.load();
    const expected = new OwnedDevices({ read, state });
    await expected.load();
    for (const id of ids) expect({ seed, id, ...devices.get(id) }).toEqual({ seed, id, ...expected.get(id) });
  }
});

it("loads requested during a read of the log share the next read, which begins after all of these requests", async () => {
  const { log } = memoryBackbone();
  const history = new History();
  const [reads, gate] = [[] as number[], Promise.withResolvers<void>()];
  const read: EventLog["read"] = async function* (query) {
    reads.push(query.fromSeq ?? 1);
    await gate.promise;
    yield* log.read(query);
  };
  const devices = new OwnedDevices({ read, state: (stream) => log.state(stream) });
  await append(log, history.register("pump"));
  const first = devices.load();
  await expect.poll(() => reads).toEqual([1]);
  await append(log, history.register("valve"));
  const others = [devices.load(), devices.load()];
  gate.resolve();
  await Promise.all([first, ...others]);
  expect(devices.get("valve")).toMatchObject({ account: "main" });
  await devices.load();
  expect(reads.length).toBeLessThanOrEqual(2);
});

it("the number of changes differs after each change of what callers see, and only then", async () => {
  const { log } = memoryBackbone();
  const history = new History();
  const devices = new OwnedDevices(log);
  const changesAfter = async (...events: readonly RecordedEvent[]) => {
    await append(log, ...events);
    const before = devices.changes;
    await devices.load();
    return devices.changes - before;
  };
  const renamed = { type: "DeviceRenamed", data: { device: "pump", name: "first", by: "ben" } } as const;
  const tagged = { type: "DeviceTagged", data: { device: "pump", tags: ["roof"], by: "ben" } } as const;
  expect(await changesAfter(history.register("pump"))).toBe(1);
  expect(await changesAfter(history.add("pump", renamed))).toBe(0);
  expect(await changesAfter(history.add("pump", tagged))).toBe(1);
  expect(await changesAfter(move(history, "pump", "south", "stays"))).toBe(1);
  expect(await changesAfter(move(history, "pump", "south", "stays"))).toBe(1);
  expect(await changesAfter(history.retire("pump"))).toBe(0);
});
