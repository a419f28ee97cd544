import { FleetError, type RecordedEvent } from "@fleetlog/domain";
import { registerDevice } from "@fleetlog/fleet";
import { testCaller } from "@fleetlog/fleet/testing";
import { type Bucket, type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import type { Logger } from "pino";
import { describe, expect, it, vi } from "vitest";
import { RecordingConnection } from "../../testing/recording-connection.ts";
import { testNode } from "../../testing/test-node.ts";
import { Repeats } from "./repeats.ts";

/** Longer than the server remembers ids (two minutes). */
const LATER_MS = 125_000;

/** A device whose sessions may be on several nodes with one log. `wait` advances the log's clock. */
async function fleet() {
  let now = Date.parse("2026-01-01T00:00:00Z");
  const { server, buckets } = memoryBackbone({ clock: () => now });
  const node = await testNode("g1", server);
  const { token } = await registerDevice(node.fleet, testCaller("admin", "c-1"), { id: "d1" });
  const connect = async (on = node) => {
    const credential = { by: "token", token } as const;
    const proof = await on.sessions.authenticate({ device: "d1", login: "d1", credential });
    return on.sessions.open({ device: "d1", proof, connection: new RecordingConnection() });
  };
  const wait = () => {
    now += LATER_MS;
  };
  return { node, server, connect, wait, bucket: await buckets.open("reports", { maxBytes: 1e9 }) };
}

const telemetry = (boot: string | number, ...seqs: readonly number[]) =>
  ({ kind: "telemetry", items: seqs.map((seq) => ({ data: { seq }, boot, seq })) }) as const;
const event = (boot: string | number, seq: number) =>
  ({ kind: "event", report: { name: "e", data: null, boot, seq } }) as const;
const unnumbered = { kind: "telemetry", items: [{ data: { t: 1 } }] } as const;

async function stored({ log }: MemoryBackbone, category: "telemetry" | "event"): Promise<string[]> {
  const events: RecordedEvent[] = [];
  const stream = category === "event" ? "FLEET" : "TELEMETRY";
  for await (const one of log.read({ stream, category, entity: "d1" })) events.push(one);
  return events.map(({ id }) => id.slice("d1:".length));
}

describe("a report that is sent again after more than two minutes", () => {
  it("is stored once, when it is sent in the same session, in a later session, or to another node", async () => {
    const { node, server, connect, wait } = await fleet();
    const other = await testNode("g2", server);
    const first = await connect();
    const seq = await first.report(event("b1", 1));
    expect(await first.report(telemetry("b1", 2, 3))).toBeGreaterThan(0);
    wait();
    expect(await first.report(event("b1", 1))).toBe(seq);
    const second = await connect(other);
    wait();
    expect(await second.report(event("b1", 1))).toBe(seq);
    await second.report(telemetry("b1", 2, 3, 4));
    expect(await stored(node.backbone, "event")).toEqual(["b1:1"]);
    expect(await stored(node.backbone, "telemetry")).toEqual(["b1:2", "b1:3", "b1:4"]);
  });

  it("is stored when it was not stored before, even if its number is in a gap or of an earlier boot", async () => {
    const { node, connect, wait } = await fleet();
    const first = await connect();
    await first.report(telemetry(1, 1, 5));
    await first.report(telemetry(2, 1));
    wait();
    const second = await connect();
    await second.report(telemetry("1", 1, 3, 5, 6));
    await second.report(telemetry(2, 1, 2));
    wait();
    await (await connect()).report(telemetry(1, 1, 3, 4, 5, 6, 7));
    expect((await stored(node.backbone, "telemetry")).sort()).toEqual(
      ["1:1", "1:3", "1:4", "1:5", "1:6", "1:7", "2:1", "2:2"].sort(),
    );
  });

  it("is stored once among 300 repeats, which need fewer than five reads of the log", async () => {
    const { node, connect, wait } = await fleet();
    const upTo = Array.from({ length: 300 }, (_, i) => i + 1);
    await (await connect()).report(telemetry("b", ...upTo.filter((seq) => seq !== 7)));
    wait();
    const session = await connect();
    const read = vi.spyOn(node.backbone.log, "read");
    const last = await session.report(telemetry("b", ...upTo));
    expect(read.mock.calls.length).toBeLessThan(5);
    expect(last).toBe(300);
    wait();
    await session.report(telemetry("b", ...upTo, 301));
    const ids = await stored(node.backbone, "telemetry");
    expect(ids).toHaveLength(301);
    expect(new Set(ids).size).toBe(301);
  });

  it("is stored once when boots and numbers come in random order over 40 sessions", async () => {
    const { node, connect, wait } = await fleet();
    let random = 11;
    const next = (below: number) => {
      random = (random * 48_271) % 2_147_483_647;
      return random % below;
    };
    const sent = new Set<string>();
    for (let round = 0; round < 40; round++) {
      const session = await connect();
      for (let i = 0; i < 20; i++) {
        if (next(4) === 0) wait();
        const [boot, seq] = [next(5), next(40)];
        sent.add(`${boot}:${seq}`);
        await session.report(next(8) === 0 ? unnumbered : telemetry(boot, seq));
        await session.report(telemetry(boot, seq));
      }
    }
    const ids = (await stored(node.backbone, "telemetry")).filter((id) => /^\d:\d+$/.test(id));
    expect(ids.sort()).toEqual([...sent].sort());
  });

  it("is stored once when the saved boots were deleted or damaged", async () => {
    const { node, connect, wait, bucket } = await fleet();
    await (await connect()).report(telemetry("b1", 1, 2));
    await (await connect()).report(telemetry("b2", 1));
    for (const { key } of await bucket.entries()) await bucket.delete(key);
    wait();
    await (await connect()).report(telemetry("b1", 1, 2, 3));
    for (const { key } of await bucket.entries()) await bucket.put(key, { boots: "damaged" });
    wait();
    await (await connect()).report(telemetry("b2", 1, 2));
    expect(await stored(node.backbone, "telemetry")).toEqual(["b1:1", "b1:2", "b2:1", "b1:3", "b2:2"]);
  });
});

it("reports are stored in the order in which the device sent them, numbered or not", async () => {
  const { node, connect } = await fleet();
  const session = await connect();
  const other = { kind: "event", report: { name: "other", data: null } } as const;
  await Promise.all([
    session.report(event("b", 1)),
    session.report(other),
    session.report({ kind: "profile", profile: { model: "m" } }),
    session.report(event("b", 2)),
    session.report(event("b", 1)),
    session.report(other),
    session.report(telemetry("b", 1)),
    session.report(unnumbered),
  ]);
  const events: RecordedEvent[] = [];
  for await (const one of node.backbone.log.read({ stream: "FLEET" })) events.push(one);
  const reports = events.filter(({ type }) => type === "DeviceEventReported" || type === "DeviceProfileReported");
  expect(reports.map(({ id, type }) => (id.startsWith("d1:") ? id : type))).toEqual([
    "d1:b:1",
    "DeviceEventReported",
    "DeviceProfileReported",
    "d1:b:2",
    "DeviceEventReported",
  ]);
  expect((await stored(node.backbone, "telemetry"))[0]).toBe("b:1");
});

it("saved boots that were made from another log are ignored, and repeats in this log are found", async () => {
  const { connect, wait, bucket, node } = await fleet();
  await (await connect()).report(telemetry("b1", 1, 2));
  const [entry] = await bucket.entries("telemetry.");
  await bucket.put(entry?.key ?? "", { boots: [{ boot: "b1", from: 5_000, highest: 9_000 }] });
  wait();
  await (await connect()).report(telemetry("b1", 1, 2, 3));
  expect(await stored(node.backbone, "telemetry")).toEqual(["b1:1", "b1:2", "b1:3"]);
});

describe("the boots of a device", () => {
  it("are saved once for each boot, not for each report", async () => {
    const { connect, bucket } = await fleet();
    const session = await connect();
    await session.report(telemetry("b1", 1));
    const [saved] = await bucket.entries("telemetry.");
    await session.report(telemetry("b1", 2, 3, 4));
    expect(await bucket.entries("telemetry.")).toEqual([saved]);
    await session.report(telemetry("b2", 1));
    expect((await bucket.entries("telemetry."))[0]?.value).toEqual({
      boots: [
        { boot: "b1", from: 1, highest: 4 },
        { boot: "b2", from: 5, highest: 0 },
      ],
    });
  });

  it("are the newest 64 when the device had 200", async () => {
    const { connect, bucket } = await fleet();
    const session = await connect();
    for (let boot = 0; boot < 200; boot++) await session.report(telemetry(boot, 1));
    const value = (await bucket.entries("telemetry."))[0]?.value as { boots: { boot: string }[] };
    expect(value.boots.map(({ boot }) => Number(boot))).toEqual(Array.from({ length: 64 }, (_, i) => i + 136));
  });

  it("are logged once in a session if they can't be saved, and the reports are stored nevertheless", async () => {
    const { log } = memoryBackbone();
    const create = async () => Promise.reject(new FleetError("log-full", "the bucket is full"));
    const bucket = { get: async () => undefined, create } as unknown as Bucket;
    const warn = vi.fn();
    const logger = { child: () => ({ warn }) } as unknown as Logger;
    const repeats = new Repeats({ log, bucket: async () => bucket }, "d1", logger);
    for (let boot = 0; boot < 5; boot++) expect(await repeats.check("telemetry", { boot, seq: 1 })).toBeUndefined();
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it("are awaited while the log is away, until the session ends", async () => {
    const { node, connect } = await fleet();
    const session = await connect();
    node.backbone.away();
    const reported = session.report(telemetry("b1", 1));
    const refused = expect(reported).rejects.toMatchObject({ code: "log-unavailable" });
    session.connectionEnded("lost");
    await refused;
    node.backbone.back();
    expect(await (await connect()).report(telemetry("b1", 1))).toBe(1);
  });
});
