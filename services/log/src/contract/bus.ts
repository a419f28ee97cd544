import { FleetError } from "@fleetlog/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../backbone.ts";
import type { BusMessage } from "../bus.ts";
import { type ContractHarness, type OpenHarness, unique, until, upTo } from "./harness.ts";

export function describeBus(open: OpenHarness): void {
  describe("bus", () => {
    let harness: ContractHarness;
    let one: Backbone;
    let other: Backbone;
    beforeAll(async () => {
      harness = await open();
      one = await harness.connect();
      other = await harness.connect();
    });
    afterAll(() => harness.close());

    /**
     * Resolves once messages reach both backbones. A server of a cluster learns of another server's subscriptions late,
     * but in order.
     */
    async function interestKnown(): Promise<void> {
      await Promise.all([reaches(one, other), reaches(other, one)]);
    }

    async function reaches(from: Backbone, to: Backbone): Promise<void> {
      const subject = `test.${unique("known")}`;
      let heard = false;
      const subscription = to.bus.subscribe(subject, () => {
        heard = true;
      });
      await to.bus.flush();
      await until(async () => {
        from.bus.publish(subject, 0);
        await from.bus.flush();
        return heard;
      });
      subscription.stop();
    }

    it("delivers JSON to all subscribers, in order", async () => {
      const subject = `test.${unique()}`;
      const here: BusMessage[] = [];
      const there: BusMessage[] = [];
      one.bus.subscribe(subject, (message) => here.push(message));
      other.bus.subscribe(subject, (message) => there.push(message));
      await interestKnown();
      const values = [{ a: [1, "ü", null] }, "text", 7, null, undefined];
      for (const value of values) one.bus.publish(subject, value);
      await until(() => here.length === 5 && there.length === 5);
      const carried = [...values.slice(0, 4), null].map((data) => ({ subject, data }));
      expect(here).toEqual(carried);
      expect(there).toEqual(carried);
    });

    it("matches wildcards", async () => {
      const root = unique("root");
      const got: Record<string, string[]> = {
        [`${root}.*`]: [],
        [`${root}.>`]: [],
        [`${root}.*.x`]: [],
        [`${root}.a`]: [],
      };
      for (const [pattern, subjects] of Object.entries(got)) {
        other.bus.subscribe(pattern, ({ subject }) => subjects.push(subject.slice(root.length + 1)));
      }
      await interestKnown();
      for (const end of ["a", "b.x", "b.y", "b.x.z"]) one.bus.publish(`${root}.${end}`, 0);
      one.bus.publish(root, 0);
      one.bus.publish(`${root}.a`, "end");
      await until(() => got[`${root}.a`]?.length === 2);
      expect(Object.values(got)).toEqual([["a", "a"], ["a", "b.x", "b.y", "b.x.z", "a"], ["b.x"], ["a", "a"]]);
    });

    it("delivers each message to one member of a queue group", async () => {
      const subject = `test.${unique()}`;
      let inGroup = 0;
      let plain = 0;
      for (const backbone of [one, other]) {
        backbone.bus.subscribe(subject, () => (inGroup += 1), { queue: "workers" });
        backbone.bus.subscribe(subject, () => (plain += 1));
      }
      await interestKnown();
      for (const i of upTo(50)) one.bus.publish(subject, i);
      await until(() => plain === 100 && inGroup >= 50);
      expect(inGroup).toBe(50);
    });

    it("survives a handler that throws", async () => {
      const subject = `test.${unique()}`;
      const got: unknown[] = [];
      other.bus.subscribe(subject, ({ data }) => {
        got.push(data);
        throw new Error("of the handler");
      });
      await interestKnown();
      one.bus.publish(subject, 1);
      one.bus.publish(subject, 2);
      await until(() => got.length === 2);
    });

    it("delivers nothing to a stopped subscription", async () => {
      const subject = `test.${unique()}`;
      const got: unknown[] = [];
      const kept: unknown[] = [];
      const stopped = one.bus.subscribe(subject, ({ data }) => got.push(data));
      one.bus.subscribe(subject, ({ data }) => kept.push(data));
      await one.bus.flush();
      stopped.stop();
      await one.bus.flush();
      one.bus.publish(subject, 1);
      await until(() => kept.length === 1);
      expect(got).toEqual([]);
    });

    it("sends requests and answers them", async () => {
      const subject = `query.${unique()}`;
      other.bus.respond(subject, "views", async (data) => ({ got: data }));
      const silent = `query.${unique()}`;
      other.bus.respond(silent, "views", () => undefined);
      await interestKnown();
      expect(await one.bus.request(subject, { x: [1] })).toEqual({ got: { x: [1] } });
      expect(await one.bus.request(silent, 1)).toBeUndefined();
      const answers = await Promise.all(upTo(100).map((i) => one.bus.request(subject, i)));
      expect(answers).toEqual(upTo(100).map((got) => ({ got })));
    });

    it("lets one running member of a group answer each request", async () => {
      const subject = `query.${unique()}`;
      const first = one.bus.respond(subject, "views", () => "one");
      other.bus.respond(subject, "views", () => "other");
      await interestKnown();
      while ((await one.bus.request(subject, 0)) !== "other");
      const answers = new Set(await Promise.all(upTo(60).map(() => one.bus.request(subject, 0))));
      expect([...answers].sort()).toEqual(["one", "other"]);
      first.stop();
      await one.bus.flush();
      expect(await one.bus.request(subject, 0)).toBe("other");
    });

    it("passes on a FleetError unchanged, and hides the details of other errors", async () => {
      const subject = `query.${unique()}`;
      other.bus.respond(subject, "views", (data) => {
        if (data !== "coded") throw new TypeError("secret");
        throw new FleetError("view-behind", "not there yet", { field: "atLeast", advice: "Wait.", retryAfterMs: 50 });
      });
      await interestKnown();
      const coded = one.bus.request(subject, "coded");
      await expect(coded).rejects.toBeInstanceOf(FleetError);
      await expect(coded).rejects.toMatchObject({
        code: "view-behind",
        message: "not there yet",
        field: "atLeast",
        advice: "Wait.",
        retryAfterMs: 50,
      });
      const inner = one.bus.request(subject, "other");
      await expect(inner).rejects.toMatchObject({ code: "internal" });
      await expect(inner).rejects.not.toThrow(/secret/);
    });

    it("rejects if there is no responder, or no answer in time", async () => {
      await expect(one.bus.request(`query.${unique()}`, 0)).rejects.toMatchObject({ code: "unavailable" });
      const subject = `query.${unique()}`;
      other.bus.respond(subject, "views", () => new Promise(() => {}));
      await interestKnown();
      await expect(one.bus.request(subject, 0, { timeoutMs: 20 })).rejects.toMatchObject({ code: "unavailable" });
    });

    it("drops messages while the log can't be reached, and keeps its subscriptions", async () => {
      const subject = `test.${unique()}`;
      const got: unknown[] = [];
      other.bus.subscribe(subject, ({ data }) => got.push(data));
      await interestKnown();
      await harness.away();
      await until(() => one.log.status === "away" && other.log.status === "away");
      one.bus.publish(subject, "lost");
      await expect(one.bus.request(subject, 0)).rejects.toMatchObject({ code: "unavailable" });
      await expect(one.bus.flush()).rejects.toMatchObject({ code: "unavailable" });
      await harness.back();
      await Promise.all([one.log.whenRelieved(), other.log.whenRelieved()]);
      await interestKnown();
      one.bus.publish(subject, "heard");
      await until(() => got.length > 0);
      expect(got).toEqual(["heard"]);
    }, 60_000);
  });
}
