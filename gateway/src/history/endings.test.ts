import {
  type EventBody,
  type FleetEvent,
  gatewayEvents,
  isEventOf,
  type RecordedEvent,
  toEvent,
} from "@fleetlog/domain";
import { type EventLog, memoryBackbone } from "@fleetlog/log";
import { beforeEach, describe, expect, it } from "vitest";
import { Endings } from "./endings.ts";
import { historyPage } from "./page.ts";

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

interface Asked {
  readonly limit?: number;
  readonly order?: "asc" | "desc";
  readonly category?: "session" | "event";
  readonly endings?: Endings;
}

/** Every page, as `<type>` or, of a gateway, `<type> <gateway>`. */
async function told({ limit = 100, order = "asc", category, endings = new Endings(log) }: Asked = {}) {
  const events: RecordedEvent[] = [];
  for (let from: string | null | undefined; from !== null; ) {
    const page = await historyPage(log, { device: "d1", order, limit, category, from, endings });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    events.push(...page.items);
    from = page.next;
  }
  expect(new Set(events.map(({ seq }) => seq)).size).toBe(events.length);
  return events.map((event) => (isEventOf(gatewayEvents, event) ? `${event.type} ${event.data.gateway}` : event.type));
}

/** A life with every way in which a session ends, among other gateways and devices. */
async function life(): Promise<string[]> {
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

describe("a history with the ends of gateways", () => {
  it.each([1, 2, 3, 4, 5, 7, 10, 11, 100])("has those that ended a session, in pages of %i", async (limit) => {
    const expected = await life();
    expect(await told({ limit })).toEqual(expected);
    expect(await told({ limit, order: "desc" })).toEqual(expected.toReversed());
    const sessions = expected.filter((type) => type !== "DeviceEventReported");
    expect(await told({ limit, category: "session" })).toEqual(sessions);
    expect(await told({ limit, category: "session", order: "desc" })).toEqual(sessions.toReversed());
  });

  it("has them among the sessions only", async () => {
    await life();
    expect(await told({ category: "event" })).toEqual(Array(3).fill("DeviceEventReported"));
  });

  it("answers no other than the device's own events to who does not ask for them", async () => {
    await life();
    const page = await historyPage(log, {
      device: "d1",
      order: "asc",
      limit: 100,
      category: undefined,
      from: undefined,
    });
    expect(page.items.filter(({ type }) => type.startsWith("Gateway"))).toEqual([]);
    expect(page.items).toHaveLength(9);
  });

  it("can be read on from a plain sequence, and from the newest that was read", async () => {
    await started("a", "a1");
    const epoch = await opened("a", "a1");
    const endings = new Endings(log);
    const readOn = async (from: number) => {
      const request = { device: "d1", order: "asc", limit: 10, category: "session", endings } as const;
      return historyPage(log, { ...request, from: String(from) });
    };
    expect(await readOn(epoch + 1)).toEqual({ items: [], next: null });
    const end = await stopped("a", "a1");
    expect((await readOn(epoch + 1)).items.map(({ type }) => type)).toEqual(["GatewayStopped"]);
    expect(await readOn(end + 1)).toEqual({ items: [], next: null });
  });

  it("has the end of a session that a gateway opened after it was declared lost", async () => {
    await started("a", "a1");
    await opened("a", "a1");
    await lost("a", "a1");
    await opened("a", "a1");
    await started("a", "a2");
    const expected = ["SessionOpened", "GatewayLost a", "SessionOpened", "GatewayStarted a"];
    const endings = new Endings(log);
    for (const order of ["asc", "desc", "asc"] as const) {
      expect(await told({ order, endings })).toEqual(order === "asc" ? expected : expected.toReversed());
    }
  });

  it("has an end before the close that came too late, and one of many ends that are no longer remembered", async () => {
    const expected: string[] = [];
    for (let run = 0; run < 5; run++) {
      await started("a", `a${run}`);
      const epoch = await opened("a", `a${run}`);
      await lost("a", `a${run}`);
      await closed(epoch);
      expected.push("SessionOpened", "GatewayLost a", "SessionClosed");
    }
    const endings = new Endings(log, 2);
    expect(await told({ endings, limit: 2 })).toEqual(expected);
    expect(await told({ endings, limit: 2, order: "desc" })).toEqual(expected.toReversed());
  });

  it.each([1, 2, 100])("knows a closed session by its id, in pages of %i", async (limit) => {
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
    expect(await told({ limit })).toEqual(expected);
    expect(await told({ limit, order: "desc" })).toEqual(expected.toReversed());
  });

  it("leaves out what was added after the answer was begun, so that reading on misses nothing", async () => {
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
      endings: new Endings(asOf),
    } as const;
    for (const order of ["asc", "desc"] as const) {
      const page = await historyPage(asOf, { ...request, order });
      expect(page.items.map(({ type }) => type)).toEqual(["SessionOpened"]);
      expect(page.next).toBeNull();
    }
  });
});
