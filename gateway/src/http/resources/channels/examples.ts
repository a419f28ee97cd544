const feed = { categories: ["alarm", "event"], tags: ["roof"], after: { FLEET: 1200 } };

const health = {
  state: "working",
  failures: 0,
  waiting: 0,
  sent: 12,
  givenUp: 0,
  sentAt: "2026-01-31T12:00:00.000Z",
  sentThrough: { FLEET: 1290 },
};

const body = { kind: "webhook", description: "Control room", url: "https://hooks.example.com/fleet", events: feed };

const channel = {
  id: "control-room",
  account: "main",
  ...body,
  enabled: true,
  has: ["secret"],
  health,
  changedAt: "2026-01-31T12:00:00.000Z",
  changedBy: "admin",
  seq: 131,
};

const delivery = {
  id: "feed-131-FLEET-1201-1290",
  channel: "control-room",
  account: "main",
  purpose: "events",
  state: "sent",
  attempts: 1,
  events: { stream: "FLEET", from: 1201, through: 1290, count: 8 },
  requestedAt: "2026-01-31T12:00:00.000Z",
  updatedAt: "2026-01-31T12:00:00.000Z",
  seq: 12,
};

export const CHANNEL_EXAMPLES = {
  ChannelFeed: feed,
  ChannelHealth: health,
  Channel: channel,
  ChannelPage: { items: [channel], next: null, total: 1 },
  PutChannel: body,
  TestChannel: { text: "Is anybody there?" },
  ChannelTest: { delivery: "2b4e1f6c-8a0d-4c3e-9f57-6d1b2a3c4e5f", state: "given-up", reason: "it answered 500" },
  Delivery: delivery,
  DeliveryPage: { items: [delivery], next: null, total: 1 },
};
