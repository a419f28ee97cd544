import { type FleetEvent, type RecordedEvent, toEvent } from "@fleetlog/domain";
import { type EventLog, type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { expect, it, vi } from "vitest";
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

it("a follower from new misses no event if its subscription fails before the first one", async () => {
  const { log } = memoryBackbone();
  await log.append(defined("before"));
  const failing = Promise.withResolvers<never>();
  const subscribe = log.subscribe.bind(log);
  vi.spyOn(log, "subscribe").mockImplementationOnce((options) => {
    const inner = subscribe({ ...options, onBatch() {} });
    return { started: inner.started, ended: failing.promise, stop: () => inner.stop() };
  });
  const seen: string[] = [];
  const options = { log, logger, category: "type", from: "new" } as const;
  const follower = new Follower({ ...options, onEvent: ({ id }) => void seen.push(id) });
  await follower.start();
  expect(follower.seq).toBe(0);
  failing.reject(new Error("the subscription failed"));
  await log.append(defined("after"));
  await expect.poll(() => seen, { timeout: 3_000 }).toEqual(["after"]);
  await follower.stop();
});

it.each([
  ["read", 0],
  ["written", 3],
])("a follower starts over if the log ends before the events that were %s", async (how, written) => {
  const before = memoryBackbone();
  let current: MemoryBackbone = before;
  // This log acts as if nats-server had restarted with an empty store.
  const log = new Proxy(before.log, {
    get: (_, name) => {
      const of = name === "onStatus" ? before.log : current.log;
      const value: unknown = Reflect.get(of, name, of);
      return typeof value === "function" ? value.bind(of) : value;
    },
  }) as EventLog;
  const seen: string[] = [];
  let replaced = 0;
  const follower = new Follower({
    log,
    logger,
    category: "type",
    from: "new",
    onEvent: ({ id }) => void seen.push(id),
    onReplaced: () => void replaced++,
    written: () => written,
  });
  await follower.start();
  if (how === "read") {
    for (const id of ["a", "b", "c"]) await before.log.append(defined(id));
    await expect.poll(() => follower.seq).toBe(3);
  }
  before.away();
  current = memoryBackbone();
  before.back();
  await expect.poll(() => replaced).toBe(1);
  await current.log.append(defined("d"));
  await expect.poll(() => seen.at(-1)).toBe("d");
  expect(follower.seq).toBe(1);
  await follower.stop();
});
