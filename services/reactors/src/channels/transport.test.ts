import { describe, expect, it } from "vitest";
import type { Mail } from "../mail/mailer.ts";
import type { OutgoingRequest } from "../outgoing/http.ts";
import { recorded } from "../testing/events.ts";
import { transportOf } from "./transport.ts";

const mails: Mail[] = [];
const requests: OutgoingRequest[] = [];
const mailer = {
  async send(mail: Mail) {
    mails.push(mail);
    return { state: "sent" } as const;
  },
};
const post = async (request: OutgoingRequest) => {
  requests.push(request);
  return { status: 204, text: "", retryAfter: undefined };
};
const options = { post, domain: "fleet.example", now: () => 0 };
const { signal } = new AbortController();
const delivery = { id: "d1", channel: "duty", purpose: "message", requestedAt: "2030-01-01T00:00:00.000Z" } as const;
const email = { kind: "email", to: ["ada@example.org", "bob@example.org"] } as const;
const webhook = {
  kind: "webhook",
  url: "https://hooks.example/",
  secret: "whsec_x",
  headers: { "x-key": "k" },
} as const;

describe("an outgoing delivery", () => {
  it("by email goes to the channel's recipients, or to those of the message, with a lasting Message-ID", async () => {
    const send = transportOf({ ...options, mailerOf: async () => mailer });
    await send(email, { ...delivery, message: { text: "hot" } }, signal);
    await send(email, { ...delivery, message: { to: ["eve@example.org"], subject: "Pump 7", text: "hot" } }, signal);
    expect(mails).toEqual([
      { to: email.to.join(", "), subject: "A message of Fleetlog", text: "hot\n", messageId: "<d1@fleet.example>" },
      { to: "eve@example.org", subject: "Pump 7", text: "hot\n", messageId: "<d1@fleet.example>" },
    ]);
  });

  it("by webhook is a batch of CloudEvents, without the sealed address of a person", async () => {
    const send = transportOf({ ...options, mailerOf: async () => mailer });
    const event = { ...recorded(7, "DeviceRetired", { device: "pump", by: "ada" }), address: "sealed" };
    await send(webhook, { ...delivery, purpose: "events", events: [event] }, signal);
    await send(webhook, { ...delivery, device: "pump", message: { text: "hot" } }, signal);
    const [batch, message] = requests.map(({ body }) => JSON.parse(body));
    expect(batch).toMatchObject([{ specversion: "1.0", type: "DeviceRetired", seq: 7, stream: "FLEET" }]);
    expect(batch[0]).not.toHaveProperty("address");
    expect(message).toEqual([
      {
        specversion: "1.0",
        id: "d1",
        source: "/channels/duty",
        type: "ChannelMessage",
        time: delivery.requestedAt,
        data: { text: "hot", device: "pump" },
      },
    ]);
    expect(requests[0]?.headers).toMatchObject({
      "x-key": "k",
      "content-type": "application/cloudevents-batch+json; charset=utf-8",
      "webhook-id": "d1",
      "idempotency-key": "d1",
    });
  });
});
