import {
  type EventBody,
  type FleetEvent,
  gatewayEvents,
  isEventOf,
  type RecordedEvent,
  toEvent,
} from "@fleetlog/domain";
import { type EventLog, IncarnationEnds, memoryBackbone } from "@fleetlog/log";
import { beforeEach, describe, expect, it } from "vitest";
import { readEventPage } from "./page.ts";

let log: EventLog;
let count = 0;
beforeEach(() => {
  ({ log } = memoryBackbone());
  count = 0;
});

async function append(entity: string, body: EventBody): Promise<number> {
  const time = new Date(Date.UTC(2026, 0, 1) + count * 1_000).toISOString();
  const event = toEvent(body, { id: `e${++count}`, source: "/tests", time, entity });
  return (await log.append(event as FleetEvent)).seq;
}

const started = (gateway: string, incarnation: string) =>
  append(gateway, { type: "GatewayStarted", data: { gateway, incarnation } });
const stopped = (gateway: string, incarnation: string) =>
  append(gateway, { type: "GatewayStopped", data: { gateway, incarnation } });
const lost = (gateway: string, incarnation: string) =>
  append(gateway, { type: "GatewayLost", data: { gateway, incarnation, leaseTtlMs: 10_000 } });
const opened = (gateway: string, incarnation: string, device = "d1") =>
  append(device, { type: "SessionOpened", data: { device, gateway, incarnation, protocol: "mqtt" } });
const closed = (epoch: number, device = "d1") =>
  append(device, { type: "SessionClosed", data: { device, epoch, reason: "device-closed" } });
const ticked = () => append("d1", { type: "DeviceEventReported", data: { name: "tick", data: 1 } });

interface Options {
  readonly limit?: number;
  readonly order?: "asc" | "desc";
  readonly category?: "session" | "event";
  readonly ends?: IncarnationEnds;
}

async function typesOf({ limit = 100, order = "asc", category, ends = new IncarnationEnds(log) }: Options = {}) {
  const events: RecordedEvent[] = [];
  for (let from: string | null | undefined; from !== null; ) {
    const page = await readEventPage(log, { device: "d1", order, limit, category, from, ends });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    events.push(...page.items);
    from = page.next;
  }
  expect(new Set(events.map(({ seq }) => seq)).size).toBe(events.length);
  return events.map((event) => (isEventOf(gatewayEvents, event) ? `${event.type} ${event.data.gateway}` : event.type));
}

async function appendSessions(): Promise<string[]> {
  await started("a", "a1");
  await started("b", "b1");
  await opened("a", "a1");
  await opened("a", "a1", "d2");
  await ticked();
  await lost("a", "a1");
  await started("a", "a2");
  const second = await opened("a", "a2");
  await ticked();
  await closed(second);
  await stopped("a", "a2");
  await opened("b", "b1");
  await started("a", "a3");
  await opened("a", "a3");
  await stopped("b", "b1");
  await ticked();
  await started("a", "a4");
  await started("b", "b2");
  await opened("b", "b2");
  await lost("a", "a4");
  return [
    "SessionOpened",
    "DeviceEventReported",
    "GatewayLost a",
    "SessionOpened",
    "DeviceEventReported",
    "SessionClosed",
    "SessionOpened",
    "SessionOpened",
    "DeviceEventReported",
    "GatewayStarted a",
    "SessionOpened",
  ];
}

describe("a page of a device's events, which may include gateway ends", () => {
  it.each([1, 2, 3, 4, 5, 7, 10, 11, 100])(
    "has every gateway event that ended a session of the device, in pages of %i events",
    async (limit) => {
      const expected = await appendSessions();
      expect(await typesOf({ limit })).toEqual(expected);
      expect(await typesOf({ limit, order: "desc" })).toEqual(expected.toReversed());
      const sessions = expected.filter((type) => type !== "DeviceEventReported");
      expect(await typesOf({ limit, category: "session" })).toEqual(sessions);
      expect(await typesOf({ limit, category: "session", order: "desc" })).toEqual(sessions.toReversed());
    },
  );

  it("has gateway events only for the category `session`", async () => {
    await appendSessions();
    expect(await typesOf({ category: "event" })).toEqual(Array(3).fill("DeviceEventReported"));
  });

  it("has only the device's own events when gateway ends are not requested", async () => {
    await appendSessions();
    const page = await readEventPage(log, {
      device: "d1",
      order: "asc",
      limit: 100,
      category: undefined,
      from: undefined,
    });
    expect(page.items.filter(({ type }) => type.startsWith("Gateway"))).toEqual([]);
    expect(page.items).toHaveLength(9);
  });

  it("continues from a plain sequence, and after the newest event", async () => {
    await started("a", "a1");
    const epoch = await opened("a", "a1");
    const ends = new IncarnationEnds(log);
    const readFrom = async (from: number) => {
      const request = { device: "d1", order: "asc", limit: 10, category: "session", ends } as const;
      return readEventPage(log, { ...request, from: String(from) });
    };
    expect(await readFrom(epoch + 1)).toEqual({ items: [], next: null });
    const end = await stopped("a", "a1");
    expect((await readFrom(epoch + 1)).items.map(({ type }) => type)).toEqual(["GatewayStopped"]);
    expect(await readFrom(end + 1)).toEqual({ items: [], next: null });
  });

  it("has the end of a session that a gateway opened after GatewayLost", async () => {
    await started("a", "a1");
    await opened("a", "a1");
    await lost("a", "a1");
    await opened("a", "a1");
    await started("a", "a2");
    const expected = ["SessionOpened", "GatewayLost a", "SessionOpened", "GatewayStarted a"];
    const ends = new IncarnationEnds(log);
    for (const order of ["asc", "desc", "asc"] as const) {
      expect(await typesOf({ order, ends })).toEqual(order === "asc" ? expected : expected.toReversed());
    }
  });

  it("has the gateway's end before a later SessionClosed, even if the end is not in the cache any more", async () => {
    const expected: string[] = [];
    for (let run = 0; run < 5; run++) {
      await started("a", `a${run}`);
      const epoch = await opened("a", `a${run}`);
      await lost("a", `a${run}`);
      await closed(epoch);
      expected.push("SessionOpened", "GatewayLost a", "SessionClosed");
    }
    const ends = new IncarnationEnds(log, 2);
    expect(await typesOf({ ends, limit: 2 })).toEqual(expected);
    expect(await typesOf({ ends, limit: 2, order: "desc" })).toEqual(expected.toReversed());
  });

  it.each([1, 2, 100])("recognises a closed session by its id, in pages of %i events", async (limit) => {
    await started("a", "a1");
    const epoch = await opened("a", "a1");
    const reason = "device-closed";
    await append("d1", { type: "SessionClosed", data: { device: "d1", epoch, session: "another", reason } });
    await lost("a", "a1");
    await started("b", "b1");
    const second = await opened("b", "b1");
    await append("d1", { type: "SessionClosed", data: { device: "d1", epoch: 99, session: `e${second}`, reason } });
    await lost("b", "b1");
    const expected = ["SessionOpened", "SessionClosed", "GatewayLost a", "SessionOpened", "SessionClosed"];
    expect(await typesOf({ limit })).toEqual(expected);
    expect(await typesOf({ limit, order: "desc" })).toEqual(expected.toReversed());
  });

  it("leaves out events that were appended during the read, so that no later page misses an event", async () => {
    await started("a", "a1");
    await opened("a", "a1");
    const early = await log.state("FLEET");
    await stopped("a", "a1");
    await opened("b", "b1");
    const asOf = new Proxy(log, {
      get: (target, name) =>
        name === "state" ? async () => early : (target[name as keyof EventLog] as () => unknown).bind(target),
    });
    const request = {
      device: "d1",
      limit: 10,
      category: "session",
      from: undefined,
      ends: new IncarnationEnds(asOf),
    } as const;
    for (const order of ["asc", "desc"] as const) {
      const page = await readEventPage(asOf, { ...request, order });
      expect(page.items.map(({ type }) => type)).toEqual(["SessionOpened"]);
      expect(page.next).toBeNull();
    }
  });
});
