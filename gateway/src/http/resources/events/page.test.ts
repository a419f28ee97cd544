import { type FleetEvent, type RecordedEvent, toEvent } from "@fleetlog/domain";
import { type EventLog, memoryBackbone } from "@fleetlog/log";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type EventPageRequest, PAGE_BYTES, readEventPage } from "./page.ts";

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

/** For 20 seconds, d1 and d2 have one event each second. In every third second these events are telemetry. */
async function logWithHistory() {
  const { log } = memoryBackbone();
  for (let second = 0; second < 20; second++) {
    for (const entity of ["d1", "d2"]) {
      const frame = { id: `${entity}-${second}`, source: `/devices/${entity}`, time: at(second), entity };
      const body =
        second % 3 === 0
          ? ({ type: "TelemetryReported", data: { data: { second } } } as const)
          : ({ type: "DeviceEventReported", data: { name: "tick", data: second } } as const);
      await log.append(toEvent(body, frame) as FleetEvent);
    }
  }
  return log;
}

const request = (more: Partial<EventPageRequest>): EventPageRequest => ({
  device: "d1",
  order: "asc",
  limit: 7,
  category: undefined,
  from: undefined,
  ...more,
});

async function all(more: Partial<EventPageRequest>): Promise<RecordedEvent[]> {
  const log = await logWithHistory();
  const events: RecordedEvent[] = [];
  let from: string | null | undefined;
  while (from !== null) {
    const page = await readEventPage(log, request({ ...more, from }));
    expect(page.items.length).toBeLessThanOrEqual(more.limit ?? 7);
    events.push(...page.items);
    from = page.next;
  }
  return events;
}

const expected = Array.from({ length: 20 }, (_, second) => `d1-${second}`);

describe("readEventPage", () => {
  it.each([1, 2, 7, 20, 21])(
    "merges both streams by time in pages of %i events, with every event once",
    async (limit) => {
      expect((await all({ limit })).map(({ id }) => id)).toEqual(expected);
      expect((await all({ limit, order: "desc" })).map(({ id }) => id)).toEqual(expected.toReversed());
    },
  );

  it.each([1, 4, 5, 30])(
    "shows an event once, in its first form, although the log has it twice, with %i events a page",
    async (limit) => {
      let now = 0;
      const { log } = memoryBackbone({ clock: () => now });
      const append = (second: number, value: string) => {
        const frame = { id: `d1-${second}`, source: "/devices/d1", time: at(second), entity: "d1" };
        return log.append(
          toEvent({ type: "DeviceEventReported", data: { name: "tick", data: value } }, frame) as FleetEvent,
        );
      };
      const order: number[] = [0, 0, 1, 1, 1, 2, 3, 4, 4, 5, 6, 6, 6, 6, 7, 8, 8];
      for (const [i, second] of order.entries()) {
        now += 10 * 60_000;
        expect((await append(second, order.indexOf(second) === i ? "first" : "again")).duplicate).toBe(false);
      }
      for (const direction of ["asc", "desc"] as const) {
        const read: RecordedEvent[] = [];
        for (let from: string | null | undefined; from !== null; ) {
          const page = await readEventPage(log, request({ limit, order: direction, from }));
          read.push(...page.items);
          from = page.next;
        }
        const ids = read.map(({ id }) => id);
        const wanted = Array.from({ length: 9 }, (_, second) => `d1-${second}`);
        // An event that is in the log twice may be on two pages, because a page does not know what earlier pages had.
        // So the exact list is expected only of a page that has all events.
        if (limit === 30) expect(ids).toEqual(direction === "asc" ? wanted : wanted.toReversed());
        expect([...new Set(ids)]).toEqual(direction === "asc" ? wanted : wanted.toReversed());
        if (limit > 1) expect(read.filter(({ data }) => (data as { data?: unknown }).data === "again")).toEqual([]);
      }
    },
  );

  it("ends a page at 2 MiB, and misses no event over all pages", async () => {
    const { log } = memoryBackbone();
    const ids = Array.from({ length: 30 }, (_, second) => `d1-${second}`);
    for (const [second, id] of ids.entries()) {
      const data = { name: "big", data: "x".repeat(second === 12 ? 900_000 : 250_000) };
      const frame = { id, source: "/devices/d1", time: at(second), entity: "d1" };
      await log.append(toEvent({ type: "DeviceEventReported", data }, frame) as FleetEvent);
    }
    for (const order of ["asc", "desc"] as const) {
      const read: string[] = [];
      for (let from: string | null | undefined; from !== null; ) {
        const page = await readEventPage(log, request({ limit: 1_000, order, from }));
        expect(JSON.stringify(page).length).toBeLessThan(PAGE_BYTES * 1.01);
        read.push(...page.items.map(({ id }) => id));
        from = page.next;
      }
      expect(read).toEqual(order === "asc" ? ids : ids.toReversed());
    }
  });

  describe("within a period", () => {
    /** The log has fifty events of d1, stored six minutes apart at their `time`; only e20 was stored two hours late. */
    const MINUTES = 60_000;
    const begin = Date.parse("2026-01-01T00:00:00Z");
    const moment = (i: number) => begin + i * 6 * MINUTES;
    let log: EventLog;
    beforeEach(async () => {
      vi.useFakeTimers({ toFake: ["Date"], now: begin });
      ({ log } = memoryBackbone());
      for (let i = 0; i < 50; i++) {
        vi.setSystemTime(moment(i));
        const time = new Date(moment(i) - (i === 20 ? 120 * MINUTES : 0)).toISOString();
        const frame = { id: `e${i}`, source: "/devices/d1", time, entity: "d1" };
        await log.append(
          toEvent({ type: "DeviceEventReported", data: { name: "tick", data: i } }, frame) as FleetEvent,
        );
      }
    });
    afterEach(() => vi.useRealTimers());

    async function within(since: number, until: number, more: Partial<EventPageRequest> = {}): Promise<string[]> {
      const ids: string[] = [];
      for (let from: string | null | undefined; from !== null; ) {
        const page = await readEventPage(log, request({ limit: 3, period: { since, until }, ...more, from }));
        ids.push(...page.items.map(({ id }) => id));
        from = page.next;
      }
      return ids;
    }
    const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => `e${first + i}`);

    it("reads pages in both orders, and continues after an event that was stored late", async () => {
      for (const [since, until, expectedIds] of [
        [moment(30), moment(40), from(30, 39)],
        [moment(18), moment(23), ["e18", "e19", "e21", "e22"]],
        [Number.NEGATIVE_INFINITY, moment(5), from(0, 4)],
        [moment(45), Number.POSITIVE_INFINITY, from(45, 49)],
        [moment(60), moment(70), []],
      ] as const) {
        expect(await within(since, until)).toEqual(expectedIds);
        expect(await within(since, until, { order: "desc" })).toEqual(expectedIds.toReversed());
      }
    });

    it("reads only the part of the stream that contains the period", async () => {
      const read = vi.spyOn(log, "read");
      const given: number[] = [];
      read.mockImplementation((query) => counted(Object.getPrototypeOf(log).read.call(log, query), given));
      await within(moment(30), moment(31), { category: "event" });
      expect(Math.min(...given)).toBeGreaterThan(26);
      expect(Math.max(...given)).toBeLessThan(46);
    });
  });

  it("has only events of the requested category", async () => {
    const telemetry = await all({ category: "telemetry", limit: 3 });
    expect(telemetry.map(({ id }) => id)).toEqual(expected.filter((_, second) => second % 3 === 0));
    expect(await all({ category: "command" })).toEqual([]);
  });

  it("has no events of a gateway with the device's id", async () => {
    const log = await logWithHistory();
    const data = { gateway: "d1", incarnation: "i1" };
    const frame = { id: "d1-stopped", source: "/gateways/d1", time: at(5), entity: "d1" };
    await log.append(toEvent({ type: "GatewayStopped", data }, frame));
    const { items, next } = await readEventPage(log, request({ limit: 100 }));
    expect(items.map(({ id }) => id)).toEqual(expected);
    expect(next).toBeNull();
    expect(await readEventPage(log, request({ category: "gateway" }))).toEqual({ items: [], next: null });
  });

  it("begins at a plain sequence if a category is given, and otherwise refuses a plain sequence", async () => {
    const log = await logWithHistory();
    const { items } = await readEventPage(log, request({ category: "telemetry", from: "3" }));
    expect(items.every(({ seq }) => seq >= 3)).toBe(true);
    expect((await readEventPage(log, request({ from: "0" }))).items[0]?.id).toBe("d1-0");
    await expect(readEventPage(log, request({ from: "17" }))).rejects.toMatchObject({ field: "from" });
    await expect(readEventPage(log, request({ from: "x1" }))).rejects.toMatchObject({ field: "from" });
  });
});

async function* counted(events: AsyncIterable<RecordedEvent>, seqs: number[]): AsyncGenerator<RecordedEvent> {
  for await (const event of events) {
    seqs.push(event.seq);
    yield event;
  }
}
