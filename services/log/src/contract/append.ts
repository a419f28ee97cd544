import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../backbone.ts";
import type { Appended, AppendReceiver } from "../log.ts";
import {
  type ContractHarness,
  collect,
  happened,
  measured,
  type OpenHarness,
  reportedValue,
  unique,
  until,
  upTo,
} from "./harness.ts";

export function describeAppend(open: OpenHarness): void {
  describe("append", () => {
    let harness: ContractHarness;
    let one: Backbone;
    let other: Backbone;
    beforeAll(async () => {
      harness = await open();
      one = await harness.connect();
      other = await harness.connect();
    });
    afterAll(() => harness.close());

    it("returns increasing sequences, which each stream counts separately", async () => {
      const device = unique();
      const first = await one.log.append(happened(device));
      const second = await one.log.append(happened(device));
      expect(second.seq).toBe(first.seq + 1);
      const telemetry = await one.log.append(measured(device, 1));
      expect((await one.log.state("TELEMETRY")).lastSeq).toBe(telemetry.seq);
      expect((await one.log.state("FLEET")).lastSeq).toBe(second.seq);
    });

    it("stores pipelined appends in the order of their calls", async () => {
      const device = unique();
      const appended = await Promise.all(upTo(500).map((i) => one.log.append(happened(device, i))));
      expect(appended.map(({ seq }) => seq)).toEqual([...appended.map(({ seq }) => seq)].sort((a, b) => a - b));
      const events = await collect(one, { stream: "FLEET", category: "event", entity: device });
      expect(events.map(reportedValue)).toEqual(upTo(500));
    });

    it("stores an event unchanged, with its sequence and stream", async () => {
      const device = unique();
      const event = happened(device, "häß🚀\u0000\r\n\"'\u2028 \ud800");
      const { seq } = await one.log.append(event);
      const [recorded] = await collect(other, { stream: "FLEET", category: "event", entity: device });
      expect(recorded).toEqual({ ...JSON.parse(JSON.stringify(event)), seq, stream: "FLEET" });
    });

    it("accepts any id that an entity may have", async () => {
      for (const entity of ["a.b", "*", ">", "a b", "ü/#+", "..", "=", "x".repeat(128)]) {
        const { seq } = await one.log.append(happened(entity));
        expect((await one.log.last("event", entity))?.seq).toBe(seq);
      }
    });

    it("stores an id once, and returns the sequence of the first append for a duplicate", async () => {
      const device = unique();
      const event = happened(device, 1, unique("id"));
      const first = await one.log.append(event);
      expect(first.duplicate).toBe(false);
      expect(await other.log.append(event)).toEqual({ seq: first.seq, duplicate: true });
      const both = await Promise.all([one.log.append(event), one.log.append(event)]);
      expect(both.every(({ seq, duplicate }) => seq === first.seq && duplicate)).toBe(true);
      expect(await collect(one, { stream: "FLEET", category: "event", entity: device })).toHaveLength(1);
    });

    it("stores serialized events in one order with other events, and reports their outcomes after the calls", async () => {
      const device = unique();
      const texts = upTo(40).map((i) => happened(device, i));
      let during = true;
      const outcomes = texts.map((event, i) => {
        if (i % 2 === 1) return one.log.append(event);
        const { promise, resolve, reject } = Promise.withResolvers<Appended>();
        const receiver: AppendReceiver = {
          stored: (appended) => (during ? reject(new Error("too early")) : resolve(appended)),
          refused: reject,
        };
        one.log.appendText({ id: event.id, subject: event.subject, json: JSON.stringify(event) }, receiver);
        return promise;
      });
      during = false;
      const seqs = (await Promise.all(outcomes)).map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
      const events = await collect(one, { stream: "FLEET", category: "event", entity: device });
      expect(events.map(reportedValue)).toEqual(upTo(40));
      const [first] = texts;
      if (first === undefined) throw new Error("no event");
      const again = await new Promise<Appended>((stored, refused) => {
        let called = false;
        const receiver: AppendReceiver = { stored: (appended) => (called ? stored(appended) : refused()), refused };
        one.log.appendText({ id: first.id, subject: first.subject, json: JSON.stringify(first) }, receiver);
        called = true;
      });
      expect(again).toEqual({ seq: seqs[0], duplicate: true });
    });

    it("stores what is appended during the report of an outcome", async () => {
      const device = unique();
      await new Promise<void>((resolve, refused) => {
        let stored = 0;
        const append = (n: number) => {
          const event = happened(device, n);
          const receiver = {
            refused,
            stored() {
              if (++stored === 60) resolve();
              if (n < 30) append(n + 30);
            },
          };
          one.log.appendText({ id: event.id, subject: event.subject, json: JSON.stringify(event) }, receiver);
        };
        for (const n of upTo(30)) append(n);
      });
      const events = await collect(one, { stream: "FLEET", category: "event", entity: device });
      expect(events.map(reportedValue)).toEqual(upTo(60));
    });

    it("refuses text under an invalid subject or id", () => {
      const receiver = { stored() {}, refused() {} };
      const { id, subject } = happened(unique());
      for (const wrong of [{ id: "a\r\nb" }, { id: "" }, { subject: "fleet.event.a b" }, { subject: "other.event.a" }])
        expect(() => one.log.appendText({ id, subject, json: "{}", ...wrong }, receiver)).toThrow(/must be/);
    });

    it("appends only at the expected last sequence of the subject", async () => {
      const device = unique();
      const first = await one.log.append(happened(device), { expectedLastSeq: 0 });
      await one.log.append(happened(unique()));
      const second = await one.log.append(happened(device), { expectedLastSeq: first.seq });
      for (const expectedLastSeq of [0, first.seq, second.seq + 1]) {
        await expect(one.log.append(happened(device), { expectedLastSeq })).rejects.toMatchObject({ code: "conflict" });
      }
      expect((await one.log.last("event", device))?.seq).toBe(second.seq);
    });

    it("compares the expected sequence with the subject's newest entry, even if reads leave it out; pages have its sequence", async () => {
      const device = unique();
      const { seq } = await one.log.append(happened(device));
      await harness.storeForeign(happened(device).subject, "no JSON");
      await expect(one.log.append(happened(device), { expectedLastSeq: seq })).rejects.toMatchObject({
        code: "conflict",
      });
      const after: number[] = [];
      for await (const page of one.log.pages({ stream: "FLEET", category: "event", entity: device, fromSeq: seq + 1 }))
        after.push(...page.map((entry) => entry.seq));
      expect(after).toEqual([seq + 1]);
      expect((await one.log.append(happened(device), { expectedLastSeq: seq + 1 })).seq).toBe(seq + 2);
    });

    it("lets one of many appends with the same expected sequence succeed", async () => {
      const device = unique();
      const attempts = upTo(20).map((i) =>
        (i % 2 ? one : other).log.append(happened(device, i), { expectedLastSeq: 0 }),
      );
      const settled = await Promise.allSettled(attempts);
      expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const result of settled) {
        if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "conflict" });
      }
      expect(await collect(one, { stream: "FLEET", category: "event", entity: device })).toHaveLength(1);
    });

    it("treats a repeated append with an expected sequence as a duplicate, not as a conflict", async () => {
      const device = unique();
      const event = happened(device);
      const { seq } = await one.log.append(event, { expectedLastSeq: 0 });
      expect(await other.log.append(event, { expectedLastSeq: 0 })).toEqual({ seq, duplicate: true });
    });

    it("continues with later appends after a conflict", async () => {
      const device = unique();
      await one.log.append(happened(device));
      const mixed = await Promise.allSettled(
        upTo(30).map((i) => one.log.append(happened(device, i), i % 3 === 1 ? { expectedLastSeq: 0 } : {})),
      );
      expect(mixed.map(({ status }) => status)).toEqual(upTo(30).map((i) => (i % 3 === 1 ? "rejected" : "fulfilled")));
    });

    it("rejects an event that is too large, and no other event", async () => {
      const device = unique();
      const large = one.log.append(happened(device, "x".repeat(2 * 1024 * 1024)));
      const small = one.log.append(happened(device, "x"));
      await expect(large).rejects.toMatchObject({ code: "payload-too-large" });
      await expect(small).resolves.toMatchObject({ duplicate: false });
    });

    it("rejects an event that is nested too deeply to be serialized again, and no other event", async () => {
      const nested = (levels: number): unknown => JSON.parse(`${"[".repeat(levels)}"]\\"["${"]".repeat(levels)}`);
      const device = unique();
      // The levels of the event and of `data` do not count, but the object around `value` does.
      for (const levels of [256, 4_000, 100_000]) {
        const refused = one.log.append(happened(device, nested(levels)));
        await expect(refused).rejects.toMatchObject({ code: "invalid-request", field: "data" });
      }
      await one.log.append(happened(device, nested(255)));
      await one.log.append(happened(device, Array(1_000).fill({ text: "[[{" })));
      expect(await collect(one, { stream: "FLEET", category: "event", entity: device })).toHaveLength(2);
    });

    it("rejects an event with an invalid id or subject, naming the field", async () => {
      const event = happened(unique());
      for (const id of ["", "a\r\nNats-Rollup: all", "a b", "ü", "x".repeat(513)]) {
        await expect(one.log.append({ ...event, id })).rejects.toMatchObject({ code: "invalid-request", field: "id" });
      }
      for (const subject of ["", "fleet.event", "fleet.event.*", "fleet.nothing.a", "fleet.event.a b", "a.b.c"]) {
        await expect(one.log.append({ ...event, subject } as typeof event)).rejects.toMatchObject({ field: "subject" });
      }
    });

    it("is congested while its window is full, and then resolves whenRelieved", async () => {
      const narrow = await harness.connect({ window: { events: 8, bytes: 1024 * 1024 } });
      const device = unique();
      expect(narrow.log.congested).toBe(false);
      const appends = upTo(40).map((i) => narrow.log.append(happened(device, i)));
      await until(() => narrow.log.congested || appends.length === 0);
      await narrow.log.whenRelieved();
      expect(narrow.log.congested).toBe(false);
      await Promise.all(appends);
      expect((await collect(one, { stream: "FLEET", category: "event", entity: device })).map(reportedValue)).toEqual(
        upTo(40),
      );
    });

    it("rejects appends beyond its window and queue", async () => {
      const narrow = await harness.connect({ window: { events: 4, bytes: 1024 * 1024 } });
      const device = unique();
      const settled = await Promise.allSettled(upTo(200).map((i) => narrow.log.append(happened(device, i))));
      const refused = settled.filter((result) => result.status === "rejected");
      expect(refused.length).toBeGreaterThan(0);
      for (const { reason } of refused) expect(reason).toMatchObject({ code: "log-unavailable" });
      const kept = await collect(one, { stream: "FLEET", category: "event", entity: device });
      expect(kept.map(reportedValue)).toEqual(upTo(200 - refused.length));
    });
  });

  describe("append while the log is full", () => {
    it("keeps an append waiting, but rejects an append with timeoutMs at once and never stores it", async () => {
      const harness = await open();
      try {
        const backbone = await harness.connect();
        const device = unique();
        const urgent = (i: number) => backbone.log.append(happened(device, i), { timeoutMs: 60_000 });
        await urgent(0);
        await harness.full();
        // At first the pipeline does not know that the log is full. It learns that from appends that wait. From then
        // on, it rejects in advance.
        await expect(urgent(1)).rejects.toMatchObject({ code: "log-full" });
        const waiting = [2, 3].map((i) => backbone.log.append(happened(device, i)));
        await expect(urgent(4)).rejects.toMatchObject({ code: "log-full" });
        await until(() => backbone.log.status === "full");
        await expect(urgent(5)).rejects.toMatchObject({ code: "log-full" });
        await backbone.log.append(measured(device, 1), { timeoutMs: 60_000 });
        await harness.room();
        await Promise.all(waiting);
        await until(() => backbone.log.status === "ready");
        await urgent(6);
        const events = await collect(backbone, { stream: "FLEET", category: "event", entity: device });
        expect(events.map(reportedValue)).toEqual([0, 2, 3, 6]);
      } finally {
        await harness.close();
      }
    });

    it("lets the log become ready when there is space, even if no append was waiting", async () => {
      const harness = await open();
      try {
        const backbone = await harness.connect();
        const device = unique();
        await harness.full();
        const refused = backbone.log.append(happened(device), { timeoutMs: 60_000 });
        await expect(refused).rejects.toMatchObject({ code: "log-full" });
        expect(backbone.log.status).toBe("full");
        await harness.room();
        await until(() => backbone.log.status === "ready");
        await backbone.log.append(happened(device), { timeoutMs: 60_000 });
      } finally {
        await harness.close();
      }
    });
  });

  describe("append while the log is away", () => {
    it("rejects an append when its timeoutMs has passed, and never stores it", async () => {
      const harness = await open();
      try {
        const backbone = await harness.connect();
        const device = unique();
        await backbone.log.append(happened(device, 0));
        await harness.away();
        await until(() => backbone.log.status === "away");
        const urgent = backbone.log.append(happened(device, 1), { timeoutMs: 20 });
        await expect(urgent).rejects.toMatchObject({ code: "log-unavailable" });
        const waiting = backbone.log.append(happened(device, 2));
        await harness.back();
        await waiting;
        const events = await collect(backbone, { stream: "FLEET", category: "event", entity: device });
        expect(events.map(reportedValue)).toEqual([0, 2]);
      } finally {
        await harness.close();
      }
    });

    it("keeps appends waiting, then stores each once and in order", async () => {
      const harness = await open();
      try {
        const backbone = await harness.connect();
        const device = unique();
        const statuses: string[] = [];
        backbone.log.onStatus((status) => statuses.push(status));
        const before = upTo(300).map((i) => backbone.log.append(happened(device, i)));
        await harness.away();
        await until(() => backbone.log.status === "away");
        expect(backbone.log.congested).toBe(true);
        const during = upTo(300).map((i) => backbone.log.append(happened(device, 300 + i)));
        const late = measured(device, 1);
        const telemetry = backbone.log.append(late);
        await harness.back();
        await Promise.all([...before, ...during, telemetry]);
        await backbone.log.whenRelieved();
        expect(backbone.log.status).toBe("ready");
        expect(statuses.at(0)).toBe("away");
        expect(statuses.at(-1)).toBe("ready");
        const events = await collect(backbone, { stream: "FLEET", category: "event", entity: device });
        expect(events.map(reportedValue)).toEqual(upTo(600));
        expect(await collect(backbone, { stream: "TELEMETRY" })).toHaveLength(1);
      } finally {
        await harness.close();
      }
    });

    it("rejects waiting and later appends when the backbone is closed", async () => {
      const harness = await open();
      try {
        const backbone = await harness.connect();
        await harness.away();
        await until(() => backbone.log.status === "away");
        const waiting = backbone.log.append(happened(unique()));
        const settled = expect(waiting).rejects.toMatchObject({ code: "log-unavailable" });
        await backbone.close({ timeoutMs: 10 });
        await settled;
        await expect(backbone.log.append(happened(unique()))).rejects.toMatchObject({ code: "log-unavailable" });
        await backbone.log.whenRelieved();
      } finally {
        await harness.close();
      }
    });

    it("stores pending appends before the backbone closes", async () => {
      const harness = await open();
      try {
        const backbone = await harness.connect();
        const device = unique();
        const appends = Promise.all(upTo(100).map((i) => backbone.log.append(happened(device, i))));
        await backbone.close();
        await appends;
        const other = await harness.connect();
        expect(await collect(other, { stream: "FLEET", category: "event", entity: device })).toHaveLength(100);
      } finally {
        await harness.close();
      }
    });
  });
}
