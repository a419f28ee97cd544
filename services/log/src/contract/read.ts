import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../backbone.ts";
import type { PageQuery, ReadQuery } from "../log.ts";
import {
  type ContractHarness,
  collect,
  happened,
  measured,
  type OpenHarness,
  renamed,
  stopped,
  unique,
  until,
  upTo,
} from "./harness.ts";

const DEVICES = ["a", "b.c", "d"] as const;

export function describeRead(open: OpenHarness): void {
  describe("read", () => {
    let harness: ContractHarness;
    let backbone: Backbone;
    let total = 0;
    let moment = "";
    let afterMoment = 0;

    beforeAll(async () => {
      harness = await open();
      backbone = await harness.connect();
      // The log has many events of "a", fewer of "b.c" and one of "d", and a gateway with the name of a device.
      for (const i of upTo(3_600)) {
        const device = i === 1_700 ? "d" : i % 50 === 0 ? "b.c" : "a";
        const event = i % 10 === 7 ? renamed(device, `${i}`) : happened(device, i);
        void backbone.log.append(i % 500 === 250 ? stopped(device) : event);
      }
      total = (await backbone.log.append(happened("a", "last before the moment"))).seq;
      await backbone.log.append(measured("a", 1));
      const stored = Date.now();
      await until(() => Date.now() > stored + 2);
      moment = new Date().toISOString();
      await until(() => Date.now() > Date.parse(moment) + 2);
      afterMoment = (await backbone.log.append(happened("a", "after"))).seq;
      total = afterMoment;
    });
    afterAll(() => harness.close());

    const seqs = async (query: Omit<ReadQuery, "stream">): Promise<number[]> =>
      (await collect(backbone, { stream: "FLEET", ...query })).map(({ seq }) => seq);
    const passing = async (filter: Pick<ReadQuery, "category" | "categories" | "entity">): Promise<number[]> => {
      const { category, categories = category && [category], entity } = filter;
      return (await collect(backbone, { stream: "FLEET" }))
        .filter(
          ({ subject }) => categories === undefined || categories.some((one) => subject.startsWith(`fleet.${one}.`)),
        )
        .filter(({ subject }) => entity === undefined || subject.endsWith(`.${entity.replace(".", "=2E")}`))
        .map(({ seq }) => seq);
    };

    it("returns everything in order, from the first to the last", async () => {
      expect(await seqs({})).toEqual(upTo(total).map((i) => i + 1));
      expect(await seqs({ direction: "backwards" })).toEqual(upTo(total).map((i) => total - i));
    });

    const filters = [
      ...DEVICES.map((entity) => ({ entity })),
      ...DEVICES.map((entity) => ({ entity, category: "event" as const })),
      { entity: "a", category: "device" as const },
      { category: "event" as const },
      { category: "device" as const },
      { category: "command" as const },
      { entity: "b.c", categories: ["event", "device", "command", "telemetry"] as const },
      { entity: "b.c", categories: ["device", "telemetry"] as const },
      { entity: "b.c", categories: ["gateway", "command"] as const },
      { entity: "b.c", categories: ["telemetry"] as const },
      { entity: "a", categories: [] },
      { categories: ["event", "command"] as const },
      { categories: ["device"] as const },
      { categories: [] },
      { entity: "nobody" },
      { entity: "nobody", category: "event" as const },
    ];
    for (const filter of filters) {
      it(`filters by ${JSON.stringify(filter)}, in both directions and from any sequence`, async () => {
        const all = await passing(filter);
        expect(await seqs(filter)).toEqual(all);
        expect(await seqs({ ...filter, direction: "backwards" })).toEqual([...all].reverse());
        for (const limit of [1, 3, 256, 257, 700])
          expect(await seqs({ ...filter, limit })).toEqual(all.slice(0, limit));
        for (const fromSeq of [1, 2, 777, 1_701, 1_702, 2_999, total]) {
          for (const limit of [1, 3, 700]) {
            const later = all.filter((seq) => seq >= fromSeq).slice(0, limit);
            expect(await seqs({ ...filter, fromSeq, limit })).toEqual(later);
            const earlier = all.filter((seq) => seq <= fromSeq).slice(-limit);
            expect(await seqs({ ...filter, fromSeq, limit, direction: "backwards" })).toEqual(earlier.reverse());
          }
        }
      });
    }

    it("accepts limits and start sequences beyond both ends of the stream", async () => {
      expect(await seqs({ limit: 0 })).toEqual([]);
      expect(await seqs({ fromSeq: 0, limit: 2 })).toEqual([1, 2]);
      expect(await seqs({ fromSeq: total + 1 })).toEqual([]);
      expect(await seqs({ fromSeq: total + 1_000 })).toEqual([]);
      expect(await seqs({ fromSeq: 0, direction: "backwards" })).toEqual([]);
      expect(await seqs({ fromSeq: total + 1_000, direction: "backwards", limit: 2 })).toEqual([total, total - 1]);
      expect(await seqs({ fromSeq: 1, direction: "backwards" })).toEqual([1]);
      expect(await seqs({ limit: total + 5 })).toHaveLength(total);
    });

    it("begins with the first event stored at or after a time", async () => {
      expect(await seqs({ fromTime: moment })).toEqual([afterMoment]);
      expect(await seqs({ fromTime: moment, category: "event", entity: "a" })).toEqual([afterMoment]);
      expect(await seqs({ fromTime: moment, category: "device", entity: "a" })).toEqual([]);
      expect(await seqs({ fromTime: "2020-01-01T00:00:00Z", limit: 1 })).toEqual([1]);
      expect(await seqs({ fromTime: "2020-01-01T01:00:00+01:00", category: "event", limit: 1 })).toEqual([1]);
      expect(await seqs({ fromTime: "2999-01-01T00:00:00Z" })).toEqual([]);
    });

    it("keeps the streams apart", async () => {
      const telemetry = await collect(backbone, { stream: "TELEMETRY" });
      expect(telemetry.map(({ stream, type }) => [stream, type])).toEqual([["TELEMETRY", "TelemetryReported"]]);
      expect(await collect(backbone, { stream: "TELEMETRY", entity: "a" })).toHaveLength(1);
      expect(await collect(backbone, { stream: "TELEMETRY", entity: "d" })).toHaveLength(0);
      const categories = ["event", "telemetry"] as const;
      expect(await collect(backbone, { stream: "TELEMETRY", entity: "a", categories })).toHaveLength(1);
    });

    it("rejects an invalid query, naming the field", async () => {
      const refused = async (query: Omit<ReadQuery, "stream">, field: string): Promise<void> => {
        await expect(seqs(query)).rejects.toMatchObject({ code: "invalid-request", field });
      };
      await refused({ category: "telemetry" }, "category");
      await refused({ category: "event", categories: ["device"] }, "categories");
      await refused({ fromSeq: -1 }, "fromSeq");
      await refused({ fromSeq: 1.5 }, "fromSeq");
      await refused({ limit: -1 }, "limit");
      await refused({ fromTime: "yesterday" }, "fromTime");
      await refused({ fromTime: "2020-01-01" }, "fromTime");
      await refused({ fromTime: moment, fromSeq: 1 }, "fromTime");
      await refused({ fromTime: moment, direction: "backwards" }, "fromTime");
    });

    it("can be ended early, can run in parallel, and can be nested", async () => {
      const nested: number[] = [];
      await Promise.all(
        upTo(20).map(async () => {
          for await (const outer of backbone.log.read({ stream: "FLEET", limit: 3 })) {
            for await (const inner of backbone.log.read({ stream: "FLEET", fromSeq: outer.seq, limit: 10 })) {
              nested.push(inner.seq);
              break;
            }
          }
        }),
      );
      expect(nested).toHaveLength(60);
    });

    it("rejects while the log can't be reached", async () => {
      await harness.away();
      await until(() => backbone.log.status === "away");
      // The calls run in parallel, since each retries for some seconds.
      const calls = [seqs({ limit: 1 }), backbone.log.state("FLEET"), backbone.log.last("event", "a")];
      const refused = expect.objectContaining({
        status: "rejected",
        reason: expect.objectContaining({ code: "log-unavailable" }),
      });
      expect(await Promise.allSettled(calls)).toEqual([refused, refused, refused]);
      await harness.back();
      await backbone.log.whenRelieved();
      // In a cluster, the answering server may still lack events that it missed.
      await until(async () => (await seqs({ limit: 1 }))[0] === 1);
    }, 60_000);
  });

  describe("last, state, and reads of large or foreign entries", () => {
    let harness: ContractHarness;
    let backbone: Backbone;
    beforeAll(async () => {
      harness = await open();
      backbone = await harness.connect();
    });
    afterAll(() => harness.close());

    it("handles an empty stream", async () => {
      expect(await backbone.log.state("TELEMETRY")).toMatchObject({ lastSeq: 0, events: 0, bytes: 0 });
      expect(await collect(backbone, { stream: "TELEMETRY" })).toEqual([]);
      expect(await collect(backbone, { stream: "TELEMETRY", direction: "backwards" })).toEqual([]);
      expect(await backbone.log.last("telemetry", "a")).toBeUndefined();
    });

    it("counts the stored events and their bytes", async () => {
      const before = await backbone.log.state("FLEET");
      await Promise.all(upTo(10).map((i) => backbone.log.append(happened(unique(), i))));
      const after = await backbone.log.state("FLEET");
      expect(after.events).toBe(before.events + 10);
      expect(after.lastSeq).toBe(before.lastSeq + 10);
      expect(after.firstSeq).toBe(1);
      expect(after.bytes).toBeGreaterThan(before.bytes);
    });

    it("finds the newest event of one entity in one category", async () => {
      const device = unique();
      expect(await backbone.log.last("event", device)).toBeUndefined();
      await backbone.log.append(happened(device, 1));
      const { seq } = await backbone.log.append(happened(device, 2));
      await backbone.log.append(renamed(device, "x"));
      await backbone.log.append(happened(unique(), 3));
      expect(await backbone.log.last("event", device)).toMatchObject({
        seq,
        stream: "FLEET",
        data: { data: { value: 2 } },
      });
      expect(await backbone.log.last("device", device)).toMatchObject({ type: "DeviceRenamed", seq: seq + 1 });
      expect(await backbone.log.last("session", device)).toBeUndefined();
    });

    it("returns events of 250 kB in order, in both directions", async () => {
      const device = unique();
      const appended = await Promise.all(
        upTo(40).map(() => backbone.log.append(happened(device, "x".repeat(250_000)))),
      );
      const expected = appended.map(({ seq }) => seq);
      const query = { stream: "FLEET", category: "event", entity: device, limit: 1_000 } as const;
      expect((await collect(backbone, query)).map(({ seq }) => seq)).toEqual(expected);
      const backwards = await collect(backbone, { ...query, direction: "backwards" });
      expect(backwards.map(({ seq }) => seq)).toEqual(expected.toReversed());
      const all = await collect(backbone, { stream: "FLEET", entity: device, direction: "backwards", limit: 35 });
      expect(all.map(({ seq }) => seq)).toEqual(expected.slice(5).toReversed());
    });

    it("returns only the events whose ids pass the filter, whether few or many do", async () => {
      const device = unique();
      const value = (i: number) => (i % 40 === 1 ? "x".repeat(50_000) : i);
      const ids = upTo(200).map((i) => `${device}/${i}`);
      const appended = await Promise.all(ids.map((id, i) => backbone.log.append(happened(device, value(i), id))));
      const first = appended[0]?.seq ?? 0;
      const query = { stream: "FLEET", category: "event", entity: device } as const;
      for (const every of [1, 2, 7, 90, 1_000]) {
        const wanted = new Set(ids.filter((_, i) => i % every === every - 1));
        const filter = { ...query, ids: (id: string) => wanted.has(id) };
        const read = async (more: Partial<ReadQuery>) =>
          (await collect(backbone, { ...filter, ...more })).map(({ id }) => id);
        const all = [...wanted];
        for (const fromSeq of [undefined, first, first + 5]) {
          const from = fromSeq === undefined ? {} : { fromSeq };
          const expected = all.filter((id) => ids.indexOf(id) >= (fromSeq ?? first) - first);
          expect(await read(from)).toEqual(expected);
          expect(await read({ ...from, limit: 3 })).toEqual(expected.slice(0, 3));
        }
        expect(await read({ direction: "backwards" })).toEqual(all.toReversed());
        expect(await read({ direction: "backwards", limit: 2 })).toEqual(all.toReversed().slice(0, 2));
      }
    });

    it("skips entries that are not Fleetlog events", async () => {
      const device = unique();
      const before = await backbone.log.append(happened(device, 1));
      await harness.storeForeign(`fleet.event.${device}`, "no JSON");
      await harness.storeForeign(`fleet.event.${device}`, '{"specversion":"1.0"}');
      await harness.storeForeign(`fleet.event.${device}`, "");
      await harness.storeForeign(`fleet.event.${device}`, JSON.stringify(happened("another")));
      expect(await backbone.log.last("event", device)).toMatchObject({ seq: before.seq });
      const after = await backbone.log.append(happened(device, 2));
      expect(after.seq).toBe(before.seq + 5);
      const query = { stream: "FLEET", category: "event", entity: device } as const;
      expect((await collect(backbone, query)).map(({ seq }) => seq)).toEqual([before.seq, after.seq]);
      const limited = await collect(backbone, { ...query, limit: 2 });
      expect(limited.map(({ seq }) => seq)).toEqual([before.seq, after.seq]);
      const backwards = await collect(backbone, { ...query, direction: "backwards", limit: 2 });
      expect(backwards.map(({ seq }) => seq)).toEqual([after.seq, before.seq]);
    });

    it("returns the entries of a read in pages, including entries that are not Fleetlog events", async () => {
      const device = unique();
      const subject = `fleet.event.${device}`;
      const { seq } = await backbone.log.append(happened(device, "ü"));
      await harness.storeForeign(subject, "no JSON");
      await backbone.log.append(measured(device, 1));
      const { seq: last } = await backbone.log.append(happened(device, 2));
      const stored = async (query: Omit<PageQuery, "stream">) => {
        const found: { seq: number; subject: string; text: string }[] = [];
        for await (const page of backbone.log.pages({ stream: "FLEET", ...query }))
          for (const { bytes, ...entry } of page) found.push({ ...entry, text: Buffer.from(bytes).toString() });
        return found;
      };
      const own = await stored({ category: "event", entity: device });
      expect(own.map((entry) => entry.seq)).toEqual([seq, seq + 1, last]);
      expect(own.map((entry) => entry.subject)).toEqual([subject, subject, subject]);
      expect(JSON.parse(own[0]?.text ?? "")).toMatchObject({ subject, data: { data: { value: "ü" } } });
      expect(own[1]?.text).toBe("no JSON");
      const backwards = { category: "event", entity: device, direction: "backwards" } as const;
      expect(await stored(backwards)).toEqual(own.toReversed());
      expect(await stored({ ...backwards, fromSeq: last - 1 })).toEqual(own.slice(0, -1).toReversed());
      expect((await stored({})).map((entry) => entry.seq)).toEqual(upTo(last).map((i) => i + 1));
      expect((await stored({ fromSeq: seq + 1 })).map((entry) => entry.seq)).toEqual([seq + 1, last]);
    });

    it("returns the stored bytes of all entries", async () => {
      const subject = `fleet.event.${unique()}`;
      const { seq: first } = await backbone.log.append(happened("a", "ü"));
      const foreign = ["no JSON", '{ "specversion": "1.0" }', ""];
      for (const payload of foreign) await harness.storeForeign(subject, payload);
      const { seq: last } = await backbone.log.append(happened("a", 2));
      const entries = async (fromSeq: number, toSeq: number) => {
        const found: { seq: number; subject: string; text: string }[] = [];
        for await (const { seq, subject, bytes } of backbone.log.entries({ stream: "FLEET", fromSeq, toSeq })) {
          found.push({ seq, subject, text: Buffer.from(bytes).toString() });
        }
        return found;
      };
      const [event, ...others] = await entries(first, last);
      expect(JSON.parse(event?.text ?? "")).toMatchObject({ subject: "fleet.event.a", data: { data: { value: "ü" } } });
      expect(others.slice(0, 3)).toEqual(foreign.map((text, i) => ({ seq: first + 1 + i, subject, text })));
      expect(others).toHaveLength(4);
      expect((await entries(first + 1, first + 2)).map(({ seq }) => seq)).toEqual([first + 1, first + 2]);
      expect((await entries(last, last + 10)).map(({ seq }) => seq)).toEqual([last]);
      expect(await entries(last + 1, last + 10)).toEqual([]);
      expect((await entries(1, last)).map(({ seq }) => seq)).toEqual(upTo(last).map((i) => i + 1));
    });
  });
}
