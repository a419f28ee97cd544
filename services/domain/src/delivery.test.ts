import { describe, expect, it } from "vitest";
import { fold } from "./decider.ts";
import { type DeliveryCommand, deliveryDecider } from "./delivery.ts";
import type { EventBody } from "./events.ts";
import { history } from "./fixtures/record.ts";
import { faultsOfRedelivery } from "./fixtures/redelivery.ts";

const about = { delivery: "d1", channel: "duty", by: "system" } as const;
const events = { stream: "FLEET", from: 3, through: 9, count: 4 } as const;
const requested = { type: "DeliveryRequested", data: { ...about, purpose: "message", device: "pump" } } as const;
const failed = (attempt: number) => ({ type: "DeliveryFailed", data: { ...about, attempt, reason: "away" } }) as const;
const sent = { type: "DeliverySent", data: { ...about, attempt: 2 } } as const;
const givenUp = { type: "DeliveryGivenUp", data: { ...about, attempt: 2, reason: "no such number" } } as const;

const refused = { type: "DeliveryRefused", data: { ...about, device: "pump", reason: "20 today" } } as const;

const decide = (command: DeliveryCommand, ...before: EventBody[]) =>
  deliveryDecider.decide(command, fold(deliveryDecider, history(...before)));
const sending = { type: "RecordDeliverySent", ...about, attempt: 2 } as const;

describe("delivery", () => {
  it("is requested once", () => {
    const request = { type: "RequestDelivery", ...about, purpose: "message", device: "pump" } as const;
    expect(decide(request)).toEqual([requested]);
    expect(decide(request, requested)).toEqual([]);
  });

  it("records each try once, until a try succeeds or the delivery is given up", () => {
    const fail = { type: "RecordDeliveryFailed", ...about, attempt: 1, reason: "away" } as const;
    expect(decide(fail, requested)).toEqual([failed(1)]);
    expect(decide(fail, requested, failed(1))).toEqual([]);
    expect(decide({ ...fail, attempt: 2 }, requested, failed(1))).toEqual([failed(2)]);
    expect(decide(sending, requested, failed(1))).toEqual([sent]);
    const giveUp = { type: "GiveUpDelivery", ...about, attempt: 2, reason: "no such number" } as const;
    expect(decide(giveUp, requested, failed(1))).toEqual([givenUp]);
    for (const end of [sent, givenUp])
      for (const later of [fail, { ...fail, attempt: 3 }, sending, giveUp])
        expect(decide(later, requested, failed(1), end)).toEqual([]);
  });

  it("begins with a request, or with its first try if it delivers events", () => {
    expect(decide({ ...sending, events })).toEqual([{ type: "DeliverySent", data: { ...sent.data, events } }]);
    expect(decide(sending)).toEqual([]);
  });

  it("is refused once, and stays refused", () => {
    const refuse = { type: "RefuseDelivery", ...about, device: "pump", reason: "20 today" } as const;
    expect(decide(refuse)).toEqual([refused]);
    for (const later of [refuse, sending, { type: "RequestDelivery", ...about, purpose: "message" } as const])
      expect(decide(later, refused)).toEqual([]);
    expect(decide(refuse, requested)).toEqual([]);
    expect(fold(deliveryDecider, history(refused))).toMatchObject({
      status: "refused",
      device: "pump",
      reason: "20 today",
    });
    expect(faultsOfRedelivery(deliveryDecider, history(refused, requested))).toEqual([]);
  });

  it("has the reason of its last failure", () => {
    const state = fold(deliveryDecider, history(requested, failed(1)));
    expect(state).toMatchObject({ status: "waiting", attempts: 1, reason: "away", purpose: "message", device: "pump" });
    expect(fold(deliveryDecider, history(requested, failed(1), sent))).not.toHaveProperty("reason");
    expect(fold(deliveryDecider, history({ type: "DeliverySent", data: { ...sent.data, events } }))).toMatchObject({
      status: "sent",
      purpose: "events",
      events,
    });
  });

  it("tolerates redelivery", () => {
    expect(faultsOfRedelivery(deliveryDecider, history(requested, failed(1), failed(2), givenUp, sent))).toEqual([]);
  });
});
