import { deviceDecider, type FleetEvent, type RecordedEvent, toEvent } from "@fleetlog/domain";
import { memoryBackbone } from "@fleetlog/log";
import { expect, it } from "vitest";
import { loadFromLog } from "./load.ts";

it("an event that the log has twice is folded once: a device that was retired stays retired", async () => {
  const { log, repeat } = memoryBackbone();
  const frame = (id: string) => ({ id, source: "/operators/ada", time: "2026-11-28T12:00:00Z", entity: "d1" });
  const registered = toEvent({ type: "DeviceRegistered", data: { device: "d1", tags: [], by: "ada" } }, frame("r"));
  const retired = toEvent({ type: "DeviceRetired", data: { device: "d1", by: "ada" } }, frame("x"));
  await log.append(registered as FleetEvent);
  await log.append(retired as FleetEvent);
  repeat({ ...registered, seq: 1, stream: "FLEET" } as RecordedEvent);
  expect(await loadFromLog(log, deviceDecider, "device", "d1")).toMatchObject({
    state: { status: "retired" },
    lastSeq: 3,
  });
});
