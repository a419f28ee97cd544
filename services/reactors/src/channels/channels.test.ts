import type { Channel, ChannelSettings, DeliverySent, RecordedEvent } from "@fleetlog/domain";
import type { ChannelMessage } from "@fleetlog/fleet";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CHECKPOINTS } from "../checkpoint.ts";
import { reactionsWith } from "../reactions.ts";
import { eventOf } from "../testing/events.ts";
import { type Fleet, startFleet } from "../testing/fleet.ts";
import type { Outcome } from "./outcome.ts";
import type { OutgoingDelivery } from "./transport.ts";

let fleet: Fleet;
let settings: Map<string, ChannelSettings>;
let messages: Map<string, ChannelMessage>;
let outgoing: OutgoingDelivery[];
let answers: Outcome[];
let failing: Set<string>;
/** Deliveries that were sent while no receiver answers; undefined: receivers answer. */
let unanswered: OutgoingDelivery[] | undefined;
beforeEach(async () => {
  fleet = await startFleet();
  settings = new Map([["s1", { kind: "webhook", url: "https://example.org", secret: "whsec_x" }]]);
  messages = new Map();
  outgoing = [];
  answers = [];
  failing = new Set();
  unanswered = undefined;
});
afterEach(() => fleet.stop());

const append = (...event: Parameters<typeof eventOf>) => fleet.outside.log.append(eventOf(...event));
const at = () => ({ at: fleet.clock.now() });
const define = (name: string, more: Partial<Channel> = {}) =>
  append("ChannelDefined", {
    name,
    definition: { kind: "webhook", enabled: true, settings: "s1", ...more },
    by: "ada",
  });
async function request(delivery: string, channel = "hook", purpose: "message" | "test" = "message") {
  messages.set(delivery, { text: `text of ${delivery}` });
  await append("DeliveryRequested", { delivery, channel, purpose, by: "ada" }, at());
}
const report = (device: string, name: string) =>
  append("DeviceEventReported", { name, data: {} }, { entity: device, ...at() });

function sending(id = "r1") {
  const secrets = {
    settings: async (_: string, known: string) => settings.get(known),
    message: async (delivery: string) => messages.get(delivery),
    forgetMessage: async (delivery: string) => void messages.delete(delivery),
  };
  const transport = async (_: ChannelSettings, delivery: OutgoingDelivery): Promise<Outcome> => {
    if (unanswered !== undefined) return new Promise(() => void unanswered?.push(delivery));
    const answer = answers.shift() ?? (failing.has(delivery.channel) ? away : { state: "sent" });
    if (answer.state === "sent") outgoing.push(delivery);
    return answer;
  };
  return fleet.react(id, reactionsWith({ channels: { openSecrets: async () => secrets, transport } }));
}
const away = { state: "later", reason: "away" } as const;

async function deliveries(): Promise<string[]> {
  const found: string[] = [];
  for await (const { type, data } of fleet.outside.log.read({ stream: "DELIVERY" })) {
    const { delivery, attempt, reason } = data as { delivery: string; attempt?: number; reason?: string };
    if (type !== "DeliveryRequested") found.push([type, delivery, attempt, reason].filter(Boolean).join(" "));
  }
  return found;
}
const names = (delivery: OutgoingDelivery | undefined) =>
  delivery?.events?.map(({ data }: RecordedEvent) => (data as { name: string }).name);

describe("a message for a channel", () => {
  it("is sent once, in order, and its text is forgotten", async () => {
    const first = sending();
    await define("hook");
    await request("d1");
    await request("d2");
    await fleet.clock.advance(2_000);
    expect(outgoing.map(({ id, message }) => [id, message?.text])).toEqual([
      ["d1", "text of d1"],
      ["d2", "text of d2"],
    ]);
    expect(await deliveries()).toEqual(["DeliverySent d1 1", "DeliverySent d2 1"]);
    expect(messages.size).toBe(0);
    await first.stop();
    sending("r2");
    await fleet.clock.advance(30_000);
    expect(outgoing).toHaveLength(2);
    expect(fleet.problems).toEqual([]);
  });

  it("is tried again with growing pauses, also by the next process, and holds up no other channel", async () => {
    failing.add("hook");
    const first = sending();
    await define("hook");
    await define("other");
    await request("d1");
    await request("d2", "other");
    await fleet.clock.advance(4_000);
    expect(await deliveries()).toEqual(
      expect.arrayContaining(["DeliveryFailed d1 1 away", "DeliveryFailed d1 2 away", "DeliverySent d2 1"]),
    );
    await first.stop();
    sending("r2");
    await fleet.clock.advance(60_000);
    const tries = (await deliveries()).filter((one) => one.includes("d1")).length;
    expect(tries).toBeLessThan(8);
    failing.clear();
    await fleet.clock.advance(120_000);
    expect((await deliveries()).at(-1)).toBe(`DeliverySent d1 ${tries + 1}`);
  });

  it("waits as long as its channel asks for", async () => {
    answers = [{ ...away, retryAfterMs: 600_000 }];
    sending();
    await define("hook");
    await request("d1");
    await fleet.clock.advance(590_000);
    expect(outgoing).toEqual([]);
    await fleet.clock.advance(20_000);
    expect(outgoing).toHaveLength(1);
  });

  it("is given up when it is refused, after a day, or when its channel is deleted", async () => {
    answers = [{ state: "refused", reason: "no such number" }];
    failing.add("hook");
    sending();
    await define("hook");
    await request("d1");
    await fleet.clock.advance(1_000);
    expect(await deliveries()).toEqual(["DeliveryGivenUp d1 1 no such number"]);
    messages.set("d2", { text: "late" });
    const dayBefore = { at: fleet.clock.now() - 25 * 3_600_000 };
    await append("DeliveryRequested", { delivery: "d2", channel: "hook", purpose: "message", by: "ada" }, dayBefore);
    await fleet.clock.advance(1_000);
    expect((await deliveries()).at(-1)).toBe("DeliveryGivenUp d2 1 it waited for too long");
    await request("d3");
    await fleet.clock.advance(1_000);
    await append("ChannelDeleted", { name: "hook", by: "ada" });
    await fleet.clock.advance(1_000);
    expect((await deliveries()).at(-1)).toMatch(/^DeliveryGivenUp d3 \d+ the channel was deleted$/);
  });

  it("is given up if its channel was deleted before the request", async () => {
    sending();
    await define("hook");
    await append("ChannelDeleted", { name: "hook", by: "ada" });
    await fleet.clock.advance(1_000);
    await request("d1");
    await fleet.clock.advance(1_000);
    expect(await deliveries()).toEqual(["DeliveryGivenUp d1 1 the channel was deleted"]);
  });

  it("waits for a definition that the process has not read yet", async () => {
    const { log } = sending().backbone;
    const { subscribe } = log;
    const { promise: definitionsCome, resolve } = Promise.withResolvers<void>();
    log.subscribe = (options) => {
      const onBatch: typeof options.onBatch = async (batch) => {
        if (options.category === "channel") await definitionsCome;
        return options.onBatch(batch);
      };
      return subscribe.call(log, { ...options, onBatch });
    };
    await fleet.clock.advance(1_000);
    await define("hook");
    await request("d1");
    await fleet.clock.advance(2_000);
    expect(await deliveries()).toEqual([]);
    resolve();
    await fleet.clock.advance(2_000);
    expect(await deliveries()).toEqual(["DeliverySent d1 1"]);
  });

  it("is tried once if it is a test, even on a channel that is switched off", async () => {
    failing.add("hook");
    sending();
    await define("hook", { enabled: false });
    await request("d1");
    await request("d2", "hook", "test");
    await fleet.clock.advance(2_000);
    expect(await deliveries()).toEqual(["DeliveryGivenUp d2 1 away"]);
  });

  it("is sent only once when the log is unavailable before the sending is recorded", async () => {
    const { backbone } = sending();
    await define("hook");
    await fleet.clock.advance(1_000);
    const { append: stored } = backbone.log;
    let refusals = 3;
    backbone.log.append = (...given) => {
      if (refusals-- > 0) return Promise.reject(Object.assign(new Error("away"), { code: "log-unavailable" }));
      return stored.apply(backbone.log, given);
    };
    await request("d1");
    await fleet.clock.advance(20_000);
    expect(outgoing).toHaveLength(1);
    expect(await deliveries()).toEqual(["DeliverySent d1 1"]);
  });
});

describe("the feed of a webhook", () => {
  it("has the events since its definition, in order, in batches", async () => {
    await report("d1", "before");
    sending();
    await define("hook", { events: { categories: ["event"] } });
    for (let i = 1; i <= 250; i++) await report(i % 2 === 0 ? "d1" : "d2", `e${i}`);
    await fleet.clock.advance(5_000);
    const sent = outgoing.flatMap((delivery) => names(delivery));
    expect(sent).toEqual(Array.from({ length: 250 }, (_, i) => `e${i + 1}`));
    for (const { events = [] } of outgoing) expect(events.length).toBeLessThanOrEqual(100);
    expect((await deliveries()).length).toBe(outgoing.length);
  });

  it("is filtered by type, and by the tags that the devices have now", async () => {
    await append("DeviceRegistered", { device: "d1", tags: ["roof"], by: "ada" });
    await append("DeviceRegistered", { device: "d2", tags: ["hall"], by: "ada" });
    sending();
    await define("hook", { events: { types: ["DeviceEventReported"], tags: ["roof"] } });
    await report("d1", "a");
    await report("d2", "b");
    await append("DeviceTagged", { device: "d1", tags: ["roof", "x"], by: "ada" });
    await fleet.clock.advance(3_000);
    expect(outgoing.flatMap((delivery) => names(delivery))).toEqual(["a"]);
  });

  it("has the same batch again until it is sent, also from the next process", async () => {
    failing.add("hook");
    const first = sending();
    await define("hook", { events: { categories: ["event"] } });
    await report("d1", "a");
    await fleet.clock.advance(1_500);
    const [failed] = await deliveries();
    await first.stop();
    await report("d1", "b");
    sending("r2");
    failing.clear();
    await fleet.clock.advance(30_000);
    expect(outgoing.map((delivery) => names(delivery))).toEqual([["a"], ["b"]]);
    expect(failed).toBe(`DeliveryFailed ${outgoing[0]?.id} 1 away`);
  });

  it("sends nothing twice if a process dies after a recorded sending, before it has saved its position", async () => {
    const first = sending();
    await define("hook", { events: { categories: ["event"] } });
    await report("d1", "a");
    await fleet.clock.advance(2_000);
    await first.stop();
    sending("r2");
    await report("d1", "b");
    await fleet.clock.advance(30_000);
    expect(outgoing.map((delivery) => names(delivery))).toEqual([["a"], ["b"]]);
  });

  it("has the same batch with the same id when a process dies before it has recorded the sending", async () => {
    unanswered = [];
    const first = sending();
    await define("hook", { events: { categories: ["event"] } });
    await report("d1", "a");
    await report("d1", "b");
    await fleet.clock.advance(2_000);
    const [before] = unanswered;
    expect(names(before)?.[0]).toBe("a");
    await first.stop();
    unanswered = undefined;
    await report("d1", "c");
    sending("r2");
    await fleet.clock.advance(30_000);
    expect(outgoing[0]).toMatchObject({ id: before?.id, events: before?.events });
    expect(outgoing.flatMap((delivery) => names(delivery) ?? [])).toEqual(["a", "b", "c"]);
  });

  it("splits a failed batch into small deliveries, and loses nothing, if a new definition matches more events of its range", async () => {
    failing.add("hook");
    sending();
    const tag = () => append("DeviceTagged", { device: "d1", tags: [], by: "ada" }, { entity: "d1", ...at() });
    const text = "x".repeat(5_000);
    await tag();
    const large = (i: number) =>
      append("DeviceEventReported", { name: `${i}`, data: { text } }, { entity: "d1", ...at() });
    for (let i = 0; i < 1_200; i++) await large(i);
    await tag();
    await define("hook", { events: { categories: ["device"], after: { FLEET: 0 } } });
    await fleet.clock.advance(1_500);
    const [failed] = await deliveries();
    await define("hook", { events: { categories: ["device", "event"], after: { FLEET: 0 } } });
    failing.clear();
    await fleet.clock.advance(60_000);
    expect(failed).toBe(`DeliveryFailed ${outgoing[0]?.id} 1 away`);
    expect(outgoing.flatMap(({ events = [] }) => events.map(({ seq }) => seq))).toEqual(
      Array.from({ length: 1_202 }, (_, i) => i + 1),
    );
    for (const { events } of outgoing) expect(JSON.stringify(events).length).toBeLessThan(4.5 * 1024 * 1024);
  });

  it("starts where its definition says, and starts again when a new definition says so", async () => {
    await report("d1", "a");
    await report("d1", "b");
    sending();
    await define("hook", { events: { categories: ["event"], after: { FLEET: 1 } } });
    await fleet.clock.advance(2_000);
    expect(outgoing.map((delivery) => names(delivery))).toEqual([["b"]]);
    await define("hook", { events: { categories: ["event"], after: { FLEET: 0 } } });
    await fleet.clock.advance(2_000);
    expect(outgoing.map((delivery) => names(delivery))).toEqual([["b"], ["a", "b"]]);
  });

  it("leaves no position behind when its channel is deleted, also while no process runs", async () => {
    const positions = async () => {
      const bucket = await fleet.outside.buckets.open(CHECKPOINTS.name, { maxBytes: CHECKPOINTS.maxBytes });
      return (await bucket.entries("feed.")).length;
    };
    const remove = (name: string) => append("ChannelDeleted", { name, by: "ada" });
    const first = sending();
    for (const name of ["hook", "other"]) await define(name, { events: { categories: ["event"] } });
    await fleet.clock.advance(10_000);
    expect(await positions()).toBe(2);
    await remove("hook");
    await fleet.clock.advance(10_000);
    expect(await positions()).toBe(1);
    await first.stop();
    await remove("other");
    sending("r2");
    await fleet.clock.advance(30_000);
    expect(await positions()).toBe(0);
  });

  it("has an event only once if the log has it twice, in the same batch or in a later one", async () => {
    sending();
    await define("hook", { events: { categories: ["event"] } });
    const again = async (name: string) => {
      for await (const event of fleet.outside.log.read({ stream: "FLEET", category: "event" }))
        if ((event.data as { name: string }).name === name) return fleet.outside.repeat(event);
    };
    await report("d1", "a");
    await again("a");
    await report("d1", "b");
    await fleet.clock.advance(3_000);
    await again("a");
    await report("d1", "c");
    await fleet.clock.advance(3_000);
    expect(outgoing.map((delivery) => names(delivery))).toEqual([["a", "b"], ["c"]]);
    for await (const { data } of fleet.outside.log.read({ stream: "DELIVERY" }))
      expect((data as DeliverySent["data"]).events?.count).toBe(outgoing.shift()?.events?.length);
  });

  it("has no events of other accounts, and no events about channels", async () => {
    sending();
    await append(
      "ChannelDefined",
      {
        name: "hook",
        account: "north",
        definition: { kind: "webhook", enabled: true, settings: "s1", events: {} },
        by: "ada",
      },
      { entity: "north/hook" },
    );
    await report("d1", "a");
    await fleet.clock.advance(3_000);
    expect(outgoing).toEqual([]);
  });
});
