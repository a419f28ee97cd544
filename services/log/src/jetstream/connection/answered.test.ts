import type { Msg } from "@nats-io/nats-core";
import { MuxSubscription, RequestOne } from "@nats-io/nats-core/internal";
import { expect, it, vi } from "vitest";
import { endAnswered } from "./answered.ts";

const BYTES = new Uint8Array([1]);

function asked() {
  const mux = new MuxSubscription();
  mux.init();
  endAnswered(mux);
  const request = new RequestOne(mux, "a.subject", { timeout: 60_000 }, false);
  mux.add(request);
  const answer = (more: object, error: Error | null = null) => {
    const message = { subject: `${mux.baseInbox}${request.token}`, ...more } as unknown as Msg;
    void mux.dispatcher()(error, message);
    return message;
  };
  return { mux, request, answer };
}

it("an answered request ends without an error", async () => {
  const cancelled = vi.spyOn(RequestOne.prototype, "cancel");
  const { mux, request, answer } = asked();
  const stopped = vi.spyOn(request.timer, "cancel");
  const message = answer({ data: BYTES });
  expect(await request.deferred).toBe(message);
  expect([mux.size(), stopped.mock.calls.length]).toEqual([0, 1]);
  expect(cancelled).not.toHaveBeenCalled();
});

it("a request without a receiver is refused, as by the client", async () => {
  const { request, answer } = asked();
  answer({ data: new Uint8Array(), headers: { code: 503 } });
  await expect(request.deferred).rejects.toThrow("no responders: 'a.subject'");
});

it("an error of the connection refuses the request, as by the client", async () => {
  const { request, answer } = asked();
  answer({ data: BYTES }, new Error("gone"));
  await expect(request.deferred).rejects.toThrow("gone");
});
