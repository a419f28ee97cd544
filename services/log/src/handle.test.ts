import { type DeviceCommand, type DeviceEvent, type DeviceState, device, toEvent } from "@fleetlog/domain";
import { describe, expect, it } from "vitest";
import { handle, type Loaded, loadFromLog } from "./handle.ts";
import { type MemoryBackbone, memoryBackbone } from "./memory/index.ts";

let count = 0;
const frame = () => ({ id: `e${count++}`, source: "/tests", time: "2026-01-01T00:00:00Z", entity: "a" });
const register: DeviceCommand = { type: "RegisterDevice", device: "a", tags: [], by: "op" };

function run(
  { log }: MemoryBackbone,
  command: DeviceCommand,
  load: () => Promise<Loaded<DeviceState>> = () => loadFromLog(log, device, "device", "a"),
) {
  return handle<DeviceState, DeviceCommand, DeviceEvent>({ log, decider: device, load, command, frame });
}

describe("handling a command", () => {
  it("appends what is decided, and answers with the state after it", async () => {
    const backbone = memoryBackbone();
    const first = await run(backbone, register);
    expect(first).toMatchObject({ lastSeq: 1, state: { status: "registered" }, events: [{ seq: 1, stream: "FLEET" }] });
    expect(await loadFromLog(backbone.log, device, "device", "a")).toEqual({ state: first.state, lastSeq: 1 });
  });

  it("appends nothing when there is nothing to do, and answers with what is there", async () => {
    const backbone = memoryBackbone();
    await run(backbone, register);
    await run(backbone, { type: "RenameDevice", name: "B", by: "op" });
    const again = await run(backbone, { type: "RenameDevice", name: "B", by: "op" });
    expect(again).toMatchObject({ lastSeq: 2, events: [] });
    expect((await backbone.log.state("FLEET")).events).toBe(2);
  });

  it("passes on what the decider refuses", async () => {
    const backbone = memoryBackbone();
    await run(backbone, register);
    await expect(run(backbone, register)).rejects.toMatchObject({ code: "device-exists" });
  });

  it("decides anew when another was first", async () => {
    const backbone = memoryBackbone();
    await run(backbone, register);
    let loads = 0;
    const { events } = await run(backbone, { type: "RenameDevice", name: "B", by: "op" }, async () => {
      const loaded = await loadFromLog(backbone.log, device, "device", "a");
      loads += 1;
      const other = { type: "DeviceRenamed", data: { device: "a", name: "C", by: "other" } } as const;
      if (loads === 1) await backbone.log.append(toEvent(other, frame()));
      return loaded;
    });
    expect(loads).toBe(2);
    expect(events.map(({ seq }) => seq)).toEqual([3]);
  });

  it("lets all of many at once have their turn, or know that they were beaten", async () => {
    const backbone = memoryBackbone();
    await run(backbone, register);
    const names = ["B", "C", "D", "E", "F"];
    const handled = await Promise.all(names.map((name) => run(backbone, { type: "RenameDevice", name, by: "op" })));
    expect(handled.flatMap(({ events }) => events.map(({ seq }) => seq)).sort()).toEqual([2, 3, 4, 5, 6]);
  });

  it("gives up when others are always first", async () => {
    const backbone = memoryBackbone();
    await run(backbone, register);
    const beaten = run(backbone, { type: "RenameDevice", name: "B", by: "op" }, async () => ({
      state: (await loadFromLog(backbone.log, device, "device", "a")).state,
      lastSeq: 99,
    }));
    await expect(beaten).rejects.toMatchObject({ code: "conflict" });
  });
});
