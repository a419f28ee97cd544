import { beforeEach, describe, expect, it } from "vitest";
import { recorded } from "../testing/events.ts";
import { ChannelDeliveries, feedDeliveryId } from "./channel-deliveries.ts";

let deliveries: ChannelDeliveries;
let seq: number;
beforeEach(() => {
  deliveries = new ChannelDeliveries();
  seq = 0;
});

const apply = (
  ...[type, data, wrapping]: Parameters<typeof recorded> extends [number, ...infer Rest] ? Rest : never
) => {
  const event = recorded(++seq, type, data, wrapping);
  deliveries.apply(event);
  return event;
};
const define = (after = {}) => {
  const definition = { kind: "webhook", enabled: true, settings: "s1", events: { after } } as const;
  return apply("ChannelDefined", { name: "hook", definition, by: "ada" });
};
const request = (delivery: string) =>
  apply("DeliveryRequested", { delivery, channel: "hook", purpose: "message", by: "ada" });
const tried = (delivery: string, attempt: number) => ({ delivery, channel: "hook", attempt, by: "system" });
const waiting = () => deliveries.waitingFor("hook").map(({ delivery }) => delivery.id);

describe("events that the log has twice", () => {
  it("count once: failures, requests and definitions", () => {
    const first = define();
    apply("ChannelDeleted", { name: "hook", by: "ada" });
    const second = define({ FLEET: 7 });
    const requested = request("d1");
    const failed = apply("DeliveryFailed", { ...tried("d1", 1), reason: "away" });
    deliveries.apply({ ...failed, seq: ++seq });
    deliveries.apply({ ...first, seq: ++seq });
    expect(deliveries.failuresOf("hook").failures).toBe(1);
    expect(deliveries.channels.get("hook")).toMatchObject({ seq: second.seq, since: second.seq });
    apply("DeliverySent", tried("d1", 2));
    deliveries.apply({ ...requested, seq: ++seq });
    deliveries.apply({ ...failed, seq: ++seq });
    expect(waiting()).toEqual([]);
    expect(deliveries.failuresOf("hook").failures).toBe(0);
  });
});

describe("a deleted channel", () => {
  it("is forgotten when no delivery waits for it, so that a new channel with its name has no failures", () => {
    define();
    request("d1");
    apply("DeliveryFailed", { ...tried("d1", 1), reason: "away" });
    apply("ChannelDeleted", { name: "hook", by: "ada" });
    expect(deliveries.all()).toMatchObject([{ entity: "hook", definition: undefined }]);
    apply("DeliveryGivenUp", { ...tried("d1", 1), reason: "the channel was deleted" });
    expect(deliveries.all()).toEqual([]);
    define();
    expect(deliveries.failuresOf("hook")).toEqual({ failures: 0, failedAt: 0 });
  });
});

describe("a feed", () => {
  it("takes its position only from deliveries that belong to its newest start", () => {
    const sent = (since: number, through: number) => {
      const delivery = feedDeliveryId(since, "FLEET", through, through);
      const events = { stream: "FLEET", from: through, through, count: 1 } as const;
      apply("DeliverySent", { ...tried(delivery, 1), events });
    };
    const { seq: first } = define();
    sent(first, 40);
    sent(first, 30);
    expect(deliveries.sentThrough("hook", first, "FLEET")).toBe(40);
    const { seq: second } = define({ FLEET: 0 });
    expect(deliveries.sentThrough("hook", second, "FLEET")).toBe(0);
    sent(second, 5);
    sent(first, 50);
    expect(deliveries.sentThrough("hook", second, "FLEET")).toBe(5);
    expect(deliveries.sentThrough("hook", second, "TELEMETRY")).toBe(0);
  });
});
