import { memoryBackbone } from "@fleetlog/log";
import { expect, it } from "vitest";
import { leftOutAfter } from "./left-out.ts";

const time = "2026-01-01T00:00:00.000Z";
const event = { specversion: "1.0", id: "e1", source: "/test", subject: "fleet.device.a", time, data: {} };

it.each([
  ["no JSON", "{", 3],
  ["an event of another subject", JSON.stringify({ ...event, type: "DeviceRetired", subject: "fleet.device.b" }), 3],
  ["an event of another category's type", JSON.stringify({ ...event, type: "PersonEnded" }), 3],
  ["an event", JSON.stringify({ ...event, type: "DeviceRetired" }), undefined],
  [
    "an event of a type that only later releases know",
    JSON.stringify({ ...event, type: "FromALaterRelease" }),
    undefined,
  ],
])("an entry counts as left out only if it is no event: %s", async (_, json, newest) => {
  const { log, server } = memoryBackbone();
  const store = (id: string, json: string) =>
    server.stream("FLEET").append({ id, subject: "fleet.device.a", json, expectedLastSeq: undefined });
  store("1", JSON.stringify({ ...event, id: "e0", type: "DeviceRegistered" }));
  store("2", json);
  store("3", "no JSON");
  expect(await leftOutAfter(log, "device", "a", 1)).toBe(newest);
  expect(await leftOutAfter(log, "device", "a", 3)).toBeUndefined();
});
