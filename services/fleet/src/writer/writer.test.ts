import {
  type DeviceCommand,
  type DeviceEvent,
  type DeviceState,
  deviceDecider,
  FleetError,
  type RecordedEvent,
} from "@fleetlog/domain";
import { type EventLog, type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { describe, expect, it } from "vitest";
import type { Decision, Loaded } from "./decision.ts";
import { loadFromLog } from "./load.ts";
import { Writer } from "./writer.ts";

const NOW = "2026-01-01T00:00:00.000Z";
const register: DeviceCommand = { type: "RegisterDevice", device: "a", tags: [], by: "op" };
const rename = (name: string): DeviceCommand => ({ type: "RenameDevice", name, by: "op" });

function writerOf(log: EventLog): Writer {
  return new Writer(log, { source: "/gateways/g1", gateway: "g1", clock: () => Date.parse(NOW) });
}

function run(
  { log }: MemoryBackbone,
  command: DeviceCommand,
  more: Partial<Decision<DeviceState, DeviceCommand, DeviceEvent>> = {},
) {
  const load = () => loadFromLog(log, deviceDecider, "device", "a");
  return writerOf(log).record<DeviceState, DeviceCommand, DeviceEvent>({
    decider: deviceDecider,
    load,
    command,
    entity: "a",
    ...more,
  });
}

async function all({ log }: MemoryBackbone): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of log.read({ stream: "FLEET" })) events.push(event);
  return events;
}

describe("completing an event", () => {
  const { log } = memoryBackbone();
  const body = { type: "DeviceTokenRotated", data: { device: "a", by: "op" } } as const;

  it("adds the metadata of the process, the time, and a random id", () => {
    const event = writerOf(log).event(body, "a");
    expect(event).toEqual({
      specversion: "1.0",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      source: "/gateways/g1",
      type: "DeviceTokenRotated",
      subject: "fleet.device.a",
      time: NOW,
      gateway: "g1",
      data: body.data,
    });
    expect(writerOf(log).event(body, "a").id).not.toBe(event.id);
  });

  it("names the site of the gateway", () => {
    const origin = { source: "/gateways/g1", gateway: "g1", site: "north", clock: () => 0 };
    expect(new Writer(log, origin).from("/devices/a").event(body, "a")).toMatchObject({ gateway: "g1", site: "north" });
  });

  it("prefers given metadata, and can write for another author", () => {
    const metadata = { id: "e1", time: "2020-01-01T00:00:00Z", correlationid: "c1", causationid: "e0" };
    expect(writerOf(log).from("/devices/a").event(body, "a", metadata)).toMatchObject({
      ...metadata,
      source: "/devices/a",
      gateway: "g1",
    });
    expect(writerOf(log).event(body, "a", { source: "/operators/op" }).source).toBe("/operators/op");
  });
});

describe("recording a decision", () => {
  it("appends the decided event, and returns the state after it", async () => {
    const backbone = memoryBackbone();
    const first = await run(backbone, register, { metadata: { correlationid: "c1" } });
    expect(first).toMatchObject({
      lastSeq: 1,
      state: { status: "registered" },
      event: { seq: 1, stream: "FLEET", correlationid: "c1" },
      duplicate: false,
    });
    expect(await loadFromLog(backbone.log, deviceDecider, "device", "a")).toEqual({
      state: first.state,
      lastSeq: 1,
      ids: new Set([first.event?.id]),
    });
  });

  it("appends nothing for a decision without an event, and returns the current sequence", async () => {
    const backbone = memoryBackbone();
    await run(backbone, register);
    await run(backbone, rename("B"));
    const again = await run(backbone, rename("B"));
    expect(again).toMatchObject({ lastSeq: 2, event: undefined });
    expect(await all(backbone)).toHaveLength(2);
  });

  it("appends nothing if the entity has an old event with this id, even if the decider would refuse", async () => {
    const backbone = memoryBackbone();
    const metadata = { id: "registered-by-this-request" };
    await run(backbone, register, { metadata });
    await run(backbone, rename("B"));
    const again = await run(backbone, register, { metadata });
    expect(again).toMatchObject({ lastSeq: 2, event: undefined, duplicate: true, state: { name: "B" } });
    expect(await all(backbone)).toHaveLength(2);
  });

  it("rejects with the decider's refusal", async () => {
    const backbone = memoryBackbone();
    await run(backbone, register);
    await expect(run(backbone, register)).rejects.toMatchObject({ code: "device-exists" });
  });

  it("decides again after a conflict", async () => {
    const backbone = memoryBackbone();
    await run(backbone, register);
    let loads = 0;
    const { event } = await run(backbone, rename("B"), {
      load: async () => {
        const loaded = await loadFromLog(backbone.log, deviceDecider, "device", "a");
        loads += 1;
        const other = { type: "DeviceRenamed", data: { device: "a", name: "C", by: "other" } } as const;
        if (loads === 1) await backbone.log.append(writerOf(backbone.log).event(other, "a"));
        return loaded;
      },
      metadata: () => ({ id: `try-${loads}` }),
    });
    expect(event).toMatchObject({ seq: 3, id: "try-2" });
  });

  it("pauses while the log refuses appends because of an event that can't be loaded yet", async () => {
    const backbone = memoryBackbone();
    await run(backbone, register);
    const before = await loadFromLog(backbone.log, deviceDecider, "device", "a");
    const other = { type: "DeviceRenamed", data: { device: "a", name: "C", by: "other" } } as const;
    await backbone.log.append(writerOf(backbone.log).event(other, "a"));
    let loads = 0;
    const started = performance.now();
    const load = async () => (++loads < 4 ? before : loadFromLog(backbone.log, deviceDecider, "device", "a"));
    expect((await run(backbone, rename("B"), { load })).event).toMatchObject({ seq: 3 });
    expect(loads).toBe(4);
    // Two pauses of at least 10 and 20 ms; timers may fire a little early.
    expect(performance.now() - started).toBeGreaterThan(25);
  });

  it("does not decide again after the decider's refusal", async () => {
    const backbone = memoryBackbone();
    let decided = 0;
    const decide = () => {
      decided += 1;
      throw new FleetError("conflict", "refused");
    };
    await expect(run(backbone, register, { decider: { ...deviceDecider, decide } })).rejects.toMatchObject({
      code: "conflict",
    });
    expect(decided).toBe(1);
  });

  it("records the events of five concurrent writers in spite of conflicts", async () => {
    const backbone = memoryBackbone();
    await run(backbone, register);
    const names = ["B", "C", "D", "E", "F"];
    const recorded = await Promise.all(names.map((name) => run(backbone, rename(name))));
    expect(recorded.map(({ event }) => event?.seq).sort()).toEqual([2, 3, 4, 5, 6]);
  });

  it("rejects after repeated conflicts", async () => {
    const backbone = memoryBackbone();
    const { state } = await run(backbone, register);
    const losing = run(backbone, rename("B"), { load: async () => ({ state, lastSeq: 99 }) });
    await expect(losing).rejects.toMatchObject({ code: "conflict" });
  });

  it("appends in spite of another writer's event if `load` returns no sequence", async () => {
    const backbone = memoryBackbone();
    const { state } = await run(backbone, register);
    await run(backbone, rename("B"));
    const load = (): Loaded<DeviceState> => ({ state });
    const id = "e1";
    expect(await run(backbone, rename("C"), { load, metadata: { id } })).toMatchObject({ lastSeq: 3 });
    expect(await run(backbone, rename("C"), { load, metadata: { id } })).toMatchObject({ lastSeq: 3, duplicate: true });
    expect(await all(backbone)).toHaveLength(3);
  });

  it("keeps the order of its calls if the load is synchronous", async () => {
    const backbone = memoryBackbone();
    const { state } = await run(backbone, register);
    const recorded = ["B", "C"].map((name) => run(backbone, rename(name), { load: () => ({ state }) }));
    const last = backbone.log.append(
      writerOf(backbone.log).event({ type: "DeviceNameRemoved", data: { device: "a", by: "op" } }, "a"),
    );
    expect((await Promise.all(recorded)).map(({ lastSeq }) => lastSeq)).toEqual([2, 3]);
    expect((await last).seq).toBe(4);
  });

  it("appends nothing if `beforeAppend` throws or the signal is aborted", async () => {
    const backbone = memoryBackbone();
    const refuse = () => {
      throw new Error("too large");
    };
    await expect(run(backbone, register, { beforeAppend: refuse })).rejects.toThrow("too large");
    const over = new AbortController();
    const load = async () => {
      over.abort(new Error("over"));
      return { state: deviceDecider.initial, lastSeq: 0 };
    };
    await expect(run(backbone, register, { load, signal: over.signal })).rejects.toThrow("over");
    expect(await all(backbone)).toEqual([]);
  });
});

describe("an entry of the entity's subject that is not an event", () => {
  const store = ({ server }: MemoryBackbone, json: string) =>
    server.stream("FLEET").append({ id: json, subject: "fleet.device.a", json, expectedLastSeq: undefined });

  it("is not in the way of decisions, before the first event or after it, and other writers' events count", async () => {
    const backbone = memoryBackbone();
    store(backbone, "0");
    store(backbone, "1");
    expect((await run(backbone, register)).lastSeq).toBe(3);
    store(backbone, "2");
    const pages = backbone.log.pages.bind(backbone.log);
    let interfere = true;
    // Another writer renames the device just after the entries were read.
    backbone.log.pages = async function* (query) {
      yield* pages(query);
      if (!interfere) return;
      interfere = false;
      await run(backbone, rename("theirs"));
    };
    const decided = await run(backbone, rename("ours"));
    expect(decided.lastSeq).toBe(6);
    expect((await all(backbone)).map(({ seq, data }) => [seq, (data as { name?: string }).name])).toEqual([
      [3, undefined],
      [5, "theirs"],
      [6, "ours"],
    ]);
  });
});
