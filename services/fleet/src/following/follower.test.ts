import { type FleetEvent, type RecordedEvent, toEvent } from "@fleetlog/domain";
import { memoryBackbone } from "@fleetlog/log";
import { expect, it } from "vitest";
import { Follower } from "./follower.ts";

const logger = { info() {}, warn() {}, error() {} };

function defined(id: string): FleetEvent {
  const frame = { id, source: "/operators/ada", time: "2026-11-28T12:00:00Z", entity: id };
  return toEvent({ type: "DeviceTypeDefined", data: { name: id, definition: {}, by: "ada" } }, frame) as FleetEvent;
}

it.each(["all", "new"] as const)("a follower from %s forwards an event once if the log has it twice", async (from) => {
  const { log, repeat } = memoryBackbone();
  const seen: string[] = [];
  const follower = new Follower({ log, logger, category: "type", from, onEvent: ({ id }) => void seen.push(id) });
  if (from === "new") await follower.start();
  await log.append(defined("a"));
  repeat({ ...defined("a"), seq: 1, stream: "FLEET" } as RecordedEvent);
  await log.append(defined("b"));
  if (from === "all") await follower.start();
  await expect.poll(() => seen).toEqual(["a", "b"]);
  await follower.stop();
});
