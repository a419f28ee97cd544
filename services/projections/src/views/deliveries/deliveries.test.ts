import { afterEach, beforeEach, expect, it } from "vitest";
import { answer } from "../../fixtures/asking.ts";
import { History } from "../../fixtures/history.ts";
import { ViewStore } from "../../store/store.ts";
import { deliveries } from "./deliveries.ts";
import { channelHealth } from "./health.ts";

let history: History;
let store: ViewStore;
beforeEach(() => {
  history = new History();
  store = new ViewStore({ path: ":memory:", projections: [deliveries, channelHealth] });
});
afterEach(() => store.close());

function built(): ViewStore {
  store.apply(history.events.splice(0), history.seq);
  store.commit();
  return store;
}
const about = (delivery: string) => ({ delivery, channel: "hook", by: "system" });
const request = (id: string) =>
  history.add(id, { type: "DeliveryRequested", data: { ...about(id), purpose: "message" } });
const fail = (id: string, attempt: number) =>
  history.add(id, { type: "DeliveryFailed", data: { ...about(id), attempt, reason: "away" } });
const health = () => answer("channels.health", built(), { channels: [{ name: "hook" }, { name: "none" }] });

it("the view lists the deliveries of a channel, the newest first, by state", () => {
  request("d1");
  request("d2");
  fail("d1", 1);
  history.add("d2", { type: "DeliverySent", data: { ...about("d2"), attempt: 1 } });
  const list = (state?: "waiting" | "sent") =>
    answer("deliveries.list", built(), { channel: "hook", ...(state && { state }) });
  expect(list().items).toMatchObject([
    { id: "d2", state: "sent", attempts: 1 },
    { id: "d1", state: "waiting", attempts: 1, reason: "away", requestedAt: "2026-01-01T00:00:01.000Z" },
  ]);
  expect(list("waiting")).toMatchObject({ total: 1, items: [{ id: "d1" }] });
  expect(answer("deliveries.list", built(), { channel: "hook", account: "north" }).total).toBe(0);
  expect(answer("deliveries.list", built(), { channel: "hook" }, { accounts: ["north"] }).total).toBe(0);
});

it("the view answers whether each channel is unused, failing or working", () => {
  expect(health()[0]).toMatchObject({ state: "unused", waiting: 0 });
  request("d1");
  fail("d1", 1);
  fail("d1", 2);
  expect(health()).toMatchObject([
    { state: "failing", failures: 2, waiting: 1, error: "away", failedAt: "2026-01-01T00:00:03.000Z" },
    { state: "unused" },
  ]);
  history.add("d1", { type: "DeliveryGivenUp", data: { ...about("d1"), attempt: 3, reason: "away" } });
  expect(health()[0]).toMatchObject({ state: "failing", failures: 3, givenUp: 1, waiting: 0 });
  const events = { stream: "FLEET", from: 1, through: 9, count: 2 } as const;
  history.add("f1", { type: "DeliverySent", data: { ...about("f1"), attempt: 1, events } });
  expect(health()[0]).toMatchObject({ state: "working", failures: 0, sent: 1, sentThrough: { FLEET: 9 } });
});
