import type { RecordedEvent } from "@fleetlog/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../backbone.ts";
import type { Batch, SubscribeOptions, Subscription } from "../log.ts";
import {
  type ContractHarness,
  collect,
  happened,
  measured,
  type OpenHarness,
  renamed,
  unique,
  until,
  upTo,
} from "./harness.ts";

export function describeSubscribe(open: OpenHarness): void {
  describe("subscribe", () => {
    let harness: ContractHarness;
    let backbone: Backbone;
    beforeAll(async () => {
      harness = await open();
      backbone = await harness.connect();
      await Promise.all(
        upTo(1_000).map((i) => backbone.log.append(i % 10 === 0 ? renamed("a", `${i}`) : happened("a", i))),
      );
    });
    afterAll(() => harness.close());

    const follow = (
      options: Partial<SubscribeOptions> & Pick<SubscribeOptions, "from">,
      on: Backbone = backbone,
    ): { subscription: Subscription; events: RecordedEvent[]; batches: Batch[] } => {
      const events: RecordedEvent[] = [];
      const batches: Batch[] = [];
      const subscription = on.log.subscribe({
        stream: "FLEET",
        onBatch: (batch) => {
          batches.push(batch);
          events.push(...batch.events);
        },
        ...options,
      });
      return { subscription, events, batches };
    };
    const lastSeq = async (): Promise<number> => (await backbone.log.state("FLEET")).lastSeq;

    it("delivers stored events from a sequence on, then new events, without gaps or duplicates", async () => {
      const { subscription, events } = follow({ from: 400 });
      await subscription.started;
      const { seq } = await backbone.log.append(happened("a", "new"));
      await until(() => events.at(-1)?.seq === seq);
      await subscription.stop();
      expect(events.map((event) => event.seq)).toEqual(upTo(seq - 399).map((i) => 400 + i));
    });

    it("delivers only events appended after its start, with from: new", async () => {
      const { subscription, events } = follow({ from: "new" });
      const began = await subscription.started;
      const { seq } = await backbone.log.append(happened("a", "new"));
      await until(() => events.length > 0);
      await subscription.stop();
      expect([began, events[0]?.seq]).toEqual([seq, seq]);
    });

    it("waits for a sequence that is not stored yet, and delivers no earlier event", async () => {
      const wanted = (await lastSeq()) + 3;
      const { subscription, events } = follow({ from: wanted });
      await subscription.started;
      for (const i of upTo(4)) await backbone.log.append(happened("a", i));
      await until(() => events.length === 2);
      await subscription.stop();
      expect(events.map((event) => event.seq)).toEqual([wanted, wanted + 1]);
    });

    it("begins with the first stored event, with from: 0", async () => {
      const { subscription, events } = follow({ from: 0, maxBatch: 5 });
      await until(() => events.length > 0);
      await subscription.stop();
      expect(events[0]?.seq).toBe(1);
    });

    it("delivers at most maxBatch events in a batch, and counts pending down to 0", async () => {
      const last = await lastSeq();
      const { subscription, events, batches } = follow({ from: 1, maxBatch: 64 });
      await until(() => events.at(-1)?.seq === last);
      await subscription.stop();
      expect(Math.max(...batches.map((batch) => batch.events.length))).toBeLessThanOrEqual(64);
      for (const batch of batches) expect(batch.throughSeq).toBe(batch.events.at(-1)?.seq);
      expect(batches.map(({ pending }) => pending)).toEqual(batches.map(({ throughSeq }) => last - throughSeq));
      expect(batches.at(-1)?.pending).toBe(0);
    });

    const filters = [
      { category: "device" as const },
      { category: "event" as const, entity: "a" },
      { entity: "a" },
      { entity: "nobody" },
    ];
    for (const filter of filters) {
      it(`filters by ${JSON.stringify(filter)}`, async () => {
        const there = await collect(backbone, { stream: "FLEET", ...filter });
        const { subscription, events, batches } = follow({ from: 1, ...filter });
        await subscription.started;
        const wanted: number[] = [];
        for (const entity of ["a", "b", "nobody"]) {
          const event = filter.category === "device" ? renamed(entity, "x") : happened(entity);
          const { seq } = await backbone.log.append(event);
          if (filter.entity === undefined || filter.entity === entity) wanted.push(seq);
        }
        const expected = [...there.map(({ seq }) => seq), ...wanted];
        await until(() => events.length >= expected.length && batches.at(-1)?.pending === 0);
        await subscription.stop();
        expect(events.map(({ seq }) => seq)).toEqual(expected);
      });
    }

    it("skips events of other categories, but delivers the event at a batch's throughSeq", async () => {
      const last = await lastSeq();
      const { subscription, events, batches } = follow({ from: 1, maxBatch: 64, categories: ["device", "session"] });
      await until(() => batches.at(-1)?.throughSeq === last);
      const { seq } = await backbone.log.append(happened("a", "new"));
      await until(() => batches.at(-1)?.throughSeq === seq);
      await subscription.stop();
      const ends = new Set(batches.map(({ throughSeq }) => throughSeq));
      const there = await collect(backbone, { stream: "FLEET" });
      const wanted = there.filter((event) => event.type === "DeviceRenamed" || ends.has(event.seq));
      expect(events).toEqual(wanted);
      expect(events.length).toBeLessThan(there.length / 2);
      for (const batch of batches) expect(batch.events.at(-1)?.seq).toBe(batch.throughSeq);
    });

    it("delivers the same batches lazily; a batch's events are read before the next batch comes", async () => {
      const { subscription: eager, batches } = follow({ from: 1, maxBatch: 100 });
      const last = await lastSeq();
      await until(() => batches.at(-1)?.throughSeq === last);
      await eager.stop();
      const seen: RecordedEvent[] = [];
      const lazy = backbone.log.subscribeLazily({
        stream: "FLEET",
        from: 1,
        maxBatch: 100,
        onBatch: async ({ events }) => {
          for (const event of events) {
            seen.push(event);
            if (event.seq % 50 === 0) await until(() => true);
          }
        },
      });
      await until(() => seen.at(-1)?.seq === last);
      await lazy.stop();
      expect(seen).toEqual(batches.flatMap(({ events }) => events));
    });

    it("delivers one batch at a time, and waits for a slow subscriber", async () => {
      let running = 0;
      let most = 0;
      const seen: number[] = [];
      const { subscription } = follow({
        from: 1,
        maxBatch: 100,
        onBatch: async (batch) => {
          running += 1;
          most = Math.max(most, running);
          await until(() => true);
          seen.push(...batch.events.map(({ seq }) => seq));
          running -= 1;
        },
      });
      const last = await lastSeq();
      await until(() => seen.at(-1) === last);
      await subscription.stop();
      expect(most).toBe(1);
      expect(seen).toEqual(upTo(last).map((i) => i + 1));
    });

    it("ends with the error that onBatch throws, and delivers nothing more", async () => {
      const failure = new Error("the view can't be written");
      let calls = 0;
      const { subscription } = follow({
        from: 1,
        onBatch: async () => {
          calls += 1;
          throw failure;
        },
      });
      await expect(subscription.ended).rejects.toBe(failure);
      await backbone.log.append(happened("a"));
      await subscription.stop();
      expect(calls).toBe(1);
    });

    it("finishes the current batch before it stops, and delivers no further batch", async () => {
      let release = (): void => {};
      const blocked = new Promise<void>((resolve) => {
        release = resolve;
      });
      let calls = 0;
      let finished = 0;
      const { subscription } = follow({
        from: 1,
        maxBatch: 10,
        onBatch: async () => {
          calls += 1;
          await blocked;
          finished += 1;
        },
      });
      await until(() => calls === 1);
      const stopped = subscription.stop();
      expect(finished).toBe(0);
      release();
      await stopped;
      await expect(subscription.ended).resolves.toBeUndefined();
      await subscription.stop();
      expect([calls, finished]).toEqual([1, 1]);
    });

    it("skips entries that are not events, and continues after them", async () => {
      const device = unique();
      const { subscription, events } = follow({ from: "new" });
      await subscription.started;
      const first = await backbone.log.append(happened(device));
      await harness.storeForeign(`fleet.event.${device}`, "{");
      const second = await backbone.log.append(happened(device));
      await until(() => events.at(-1)?.seq === second.seq);
      await subscription.stop();
      expect(events.map(({ seq }) => seq)).toEqual([first.seq, second.seq]);
    });

    it("delivers to each subscription independently, in each process", async () => {
      const other = await harness.connect();
      const follows = [follow({ from: "new" }), follow({ from: "new" }), follow({ from: "new" }, other)];
      await Promise.all(follows.map(({ subscription }) => subscription.started));
      const telemetry = follow({ stream: "TELEMETRY", from: "new" });
      await telemetry.subscription.started;
      const { seq } = await other.log.append(happened("a"));
      await other.log.append(measured("a", 1));
      await until(() => [...follows, telemetry].every(({ events }) => events.length === 1));
      for (const { events } of follows) expect(events.map((event) => event.seq)).toEqual([seq]);
      expect(telemetry.events[0]?.stream).toBe("TELEMETRY");
      await Promise.all([...follows, telemetry].map(({ subscription }) => subscription.stop()));
    });

    it("throws for a category of another stream", () => {
      expect(() => follow({ from: 1, category: "telemetry" })).toThrow(/TELEMETRY/);
    });

    it("continues after an outage of the log without gaps or duplicates", async () => {
      const from = (await lastSeq()) + 1;
      const all = follow({ from, maxBatch: 7 });
      const filtered = follow({ from, category: "event" });
      await Promise.all([all.subscription.started, filtered.subscription.started]);
      const before = upTo(50).map((i) => backbone.log.append(happened("a", i)));
      await Promise.all(before);
      await harness.away();
      await until(() => backbone.log.status === "away");
      const during = upTo(50).map((i) => backbone.log.append(happened("a", i)));
      await harness.back();
      await Promise.all(during);
      await until(() => all.events.length >= 100 && filtered.events.length >= 100);
      const { seq } = await backbone.log.append(happened("a", "end"));
      await until(() => all.events.at(-1)?.seq === seq && filtered.events.at(-1)?.seq === seq);
      await Promise.all([all.subscription.stop(), filtered.subscription.stop()]);
      for (const { events } of [all, filtered])
        expect(events.map((event) => event.seq)).toEqual(upTo(101).map((i) => from + i));
    }, 60_000);

    it("ends when its backbone is closed", async () => {
      const other = await harness.connect();
      const { subscription } = follow({ from: "new" }, other);
      await subscription.started;
      await other.close();
      await expect(subscription.ended).resolves.toBeUndefined();
    });
  });
}
