import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import {
  AccessDeniedError,
  type AllStreamSubscription,
  END,
  eventTypeFilter,
  type KurrentDBClient,
  type Position,
  START,
  type StreamSubscription,
  streamNameFilter,
} from "@kurrent/kurrentdb-client";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type EndpointUnderTest, endpointForTest, person, startEndpoint } from "../support/kurrent/endpoint.ts";

async function tenDevices(): Promise<{ readonly under: EndpointUnderTest; readonly client: KurrentDBClient }> {
  const under = await endpointForTest();
  under.keys.set("flk_owner", person("owner"));
  for (let i = 0; i < 10; i++) await under.append("session", `pump-${i % 2}`, "SessionOpened", { i });
  return { under, client: under.connect("flk_owner") };
}

interface Followed {
  /** Positions of events, and what else came between them. */
  readonly seen: (number | string)[];
  readonly errors: Error[];
}

function follow(subscription: AllStreamSubscription | StreamSubscription): Followed {
  const seen: (number | string)[] = [];
  const errors: Error[] = [];
  const place = ({ position, revision }: { position?: Position; revision?: bigint }) => position?.commit ?? revision;
  subscription
    .on("data", ({ event }) => void seen.push(Number(event?.position?.commit)))
    .on("caughtUp", (info) => void seen.push(`caught up at ${place(info)}`))
    .on("fellBehind", (info) => void seen.push(`fell behind at ${place(info)}`))
    .on("error", (error) => void errors.push(error));
  return { seen, errors };
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("a subscription", () => {
  it("to $all has all events from the start, reports that it has caught up, and continues with new events", async () => {
    const { under, client } = await tenDevices();
    const subscription = client.subscribeToAll({ fromPosition: START });
    const confirmed = once(subscription, "confirmation");
    const { seen } = follow(subscription);
    await confirmed;
    expect(subscription.id).toMatch(/^[0-9a-f-]{36}$/);
    await eventually(() => expect(seen).toEqual([...range(1, 10), "caught up at 10"]));
    await under.append("alarm", "pump-1", "AlarmRaised");
    await eventually(() => expect(seen.slice(11)).toEqual([11]));
  });

  it("to $all begins after a position, or at the end with new events only", async () => {
    const { under, client } = await tenDevices();
    const after = follow(client.subscribeToAll({ fromPosition: { commit: 7n, prepare: 7n } }));
    const atEnd = follow(client.subscribeToAll({ fromPosition: END }));
    await eventually(() => expect(after.seen).toEqual([8, 9, 10, "caught up at 10"]));
    await eventually(() => expect(atEnd.seen).toEqual(["caught up at 10"]));
    await under.append("session", "pump-1", "SessionClosed");
    await eventually(() => expect(atEnd.seen.slice(1)).toEqual([11]));
  });

  it("to streams begins after a revision, and has only the stream's new events", async () => {
    const { under, client } = await tenDevices();
    const device = follow(client.subscribeToStream("device-pump-1", { fromRevision: 2n }));
    const category = follow(client.subscribeToStream("$ce-session", { fromRevision: 7n, resolveLinkTos: true }));
    const telemetry = follow(client.subscribeToStream("telemetry-pump-1", { fromRevision: END }));
    const none = follow(client.subscribeToStream("device-later"));
    await eventually(() => expect(device.seen).toEqual([8, 10, "caught up at 4"]));
    await eventually(() => expect(category.seen).toEqual([9, 10, "caught up at 9"]));
    await eventually(() =>
      expect([telemetry.seen, none.seen]).toEqual([["caught up at undefined"], ["caught up at undefined"]]),
    );
    await under.append("telemetry", "pump-0", "TelemetryReported");
    await under.append("telemetry", "pump-1", "TelemetryReported");
    await under.append("alarm", "pump-1", "AlarmRaised");
    await under.append("session", "later", "SessionOpened");
    await eventually(() => expect(device.seen.slice(3)).toEqual([11]));
    await eventually(() => expect(category.seen.slice(3)).toEqual([12]));
    await eventually(() => expect(telemetry.seen.slice(1)).toEqual([2]));
    await eventually(() => expect(none.seen.slice(1)).toEqual([12]));
  });

  it("to telemetry has no repeats, also of new events", async () => {
    const under = await endpointForTest();
    under.keys.set("flk_owner", person("owner"));
    const report = () => under.append("telemetry", "valve", "TelemetryReported");
    const repeat = async (seq: number) => {
      const { log } = under.backbone;
      for await (const event of log.read({ stream: "TELEMETRY", fromSeq: seq, limit: 1 })) under.backbone.repeat(event);
    };
    const known = under.telemetryRepeats;
    await report();
    await repeat(1);
    known.seqs.add(2);
    const seen: number[] = [];
    under
      .connect("flk_owner")
      .subscribeToStream("telemetry-valve", { fromRevision: START })
      .on("data", ({ event }) => void seen.push(Number(event?.revision)));
    await eventually(() => expect(seen).toEqual([1]));
    known.seq = 2;
    await repeat(2);
    await report();
    await setTimeout(100);
    expect(seen).toEqual([1]);
    known.seqs.add(3);
    known.seq = 4;
    await eventually(() => expect(seen).toEqual([1, 4]));
  });

  it("to telemetry gets what can be read while the list of repeats is incomplete", async () => {
    const under = await endpointForTest();
    under.keys.set("flk_owner", person("owner"));
    const known = under.telemetryRepeats;
    for (let i = 0; i < 3; i++) await under.append("telemetry", "valve", "TelemetryReported");
    known.seq = 1;
    const seen: string[] = [];
    under
      .connect("flk_owner")
      .subscribeToStream("telemetry-valve", { fromRevision: START })
      .on("data", ({ event }) => void seen.push(`${event?.revision}`))
      .on("caughtUp", () => void seen.push("caught up"));
    await eventually(() => expect(seen).toEqual(["1"]));
    known.seqs.add(2);
    known.seq = 3;
    await eventually(() => expect(seen).toEqual(["1", "3", "caught up"]));
  });

  it("to telemetry that waits for the list of repeats does not hold up the endpoint's end", async () => {
    const under = await startEndpoint();
    under.keys.set("flk_owner", person("owner"));
    for (let i = 0; i < 2; i++) await under.append("telemetry", "valve", "TelemetryReported");
    under.telemetryRepeats.seq = 1;
    const subscription = under.connect("flk_owner").subscribeToStream("telemetry-valve", { fromRevision: START });
    await once(
      subscription.on("error", () => {}),
      "data",
    );
    const ended = under[Symbol.asyncDispose]().then(() => "ended");
    expect(await Promise.race([ended, setTimeout(5_000, "waits", { ref: false })])).toBe("ended");
  });

  it("with a filter reports checkpoints, from which another subscription can continue", async () => {
    const { under, client } = await tenDevices();
    const checkpoints: number[] = [];
    const checkpointReached = async (_: unknown, { commit }: Position) => void checkpoints.push(Number(commit));
    const filter = streamNameFilter({
      prefixes: ["device-pump-1"],
      maxSearchWindow: 2,
      checkpointInterval: 2,
      checkpointReached,
    });
    const { seen } = follow(client.subscribeToAll({ fromPosition: START, filter }));
    await eventually(() => expect(seen).toEqual([2, 4, 6, 8, 10, "caught up at 10"]));
    expect(checkpoints).toEqual([4, 8, 10]);
    for (let i = 0; i < 4; i++) await under.append("alarm", "pump-0", "AlarmRaised");
    await eventually(() => expect(checkpoints).toEqual([4, 8, 10, 14]));
    const types = eventTypeFilter({ regex: "^Alarm" });
    const again = follow(client.subscribeToAll({ fromPosition: { commit: 8n, prepare: 8n }, filter: types }));
    await eventually(() => expect(again.seen).toEqual([...range(11, 14), "caught up at 14"]));
  });

  it("of a slow client falls behind, and has every event once", async () => {
    const { under, client } = await tenDevices();
    const subscription = client.subscribeToAll({ fromPosition: END });
    await once(subscription, "caughtUp");
    const text = "x".repeat(20_000);
    for (let i = 0; i < 1_000; i++) await under.append("event", "pump-1", "DeviceEventReported", { text });
    const { seen } = follow(subscription);
    await eventually(() => expect(seen.at(-1)).toBe("caught up at 1010"));
    expect(seen.filter((one) => typeof one === "number")).toEqual(range(11, 1010));
    expect(seen.some((one) => String(one).startsWith("fell behind at"))).toBe(true);
  });

  it("of a key limited to tags has the events of devices that have these tags now", async () => {
    const { under } = await tenDevices();
    under.keys.set("flk_north", person("north", { role: "analyst", scope: { tags: ["north"] } }));
    const { seen } = follow(under.connect("flk_north").subscribeToAll());
    await eventually(() => expect(seen).toEqual(["caught up at 10"]));
    await under.append("device", "pump-1", "DeviceRegistered", { tags: ["north"] });
    await under.append("session", "pump-0", "SessionClosed");
    await under.append("session", "pump-1", "SessionClosed");
    await under.append("device", "pump-1", "DeviceTagged", { tags: ["south"] });
    await under.append("session", "pump-1", "SessionOpened");
    await under.append("device", "pump-1", "DeviceTagged", { tags: ["north"] });
    await eventually(() => expect(seen.slice(1)).toContain(16));
    expect(seen.slice(1)).not.toContain(12);
  });
});

describe("a key that ends", () => {
  it("ends its subscription with the client's own error", async () => {
    const { under, client } = await tenDevices();
    const { seen, errors } = follow(client.subscribeToAll());
    await eventually(() => expect(seen.at(-1)).toBe("caught up at 10"));
    under.keys.delete("flk_owner");
    await eventually(() => expect(errors).toHaveLength(1));
    expect(errors[0]).toBeInstanceOf(AccessDeniedError);
  });

  it("ends a read that the client has begun and does not read", async () => {
    const { under, client } = await tenDevices();
    const text = "x".repeat(50_000);
    for (let i = 0; i < 1_000; i++) await under.append("event", "pump-1", "DeviceEventReported", { text });
    const read = client.readAll()[Symbol.asyncIterator]();
    await read.next();
    under.keys.delete("flk_owner");
    under.keys.set("flk_other", person("other"));
    let count = 0;
    await expect(async () => {
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        if ((await read.next()).done) return;
        count++;
      }
    }).rejects.toThrow();
    expect(count).toBeLessThan(1_009);
  });
});

it("serves a thousand subscriptions, and refuses more than the limit of a key", async () => {
  const { under, client } = await tenDevices();
  under.keys.set("flk_second", person("second"));
  const second = under.connect("flk_second");
  const all = Array.from({ length: 510 }, () =>
    follow(client.subscribeToStream("device-pump-1", { fromRevision: END })),
  );
  const others = Array.from({ length: 400 }, () => follow(second.subscribeToAll({ fromPosition: END })));
  await eventually(() => expect(all.filter(({ errors }) => errors.length > 0)).toHaveLength(10));
  await eventually(() => expect(others.filter(({ seen }) => seen.length > 0)).toHaveLength(400));
  await under.append("session", "pump-1", "SessionClosed");
  await eventually(() => expect([...all, ...others].filter(({ seen }) => seen.includes(11))).toHaveLength(900));
});
