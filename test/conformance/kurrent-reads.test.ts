import { setTimeout } from "node:timers/promises";
import {
  AccessDeniedError,
  BACKWARDS,
  END,
  eventTypeFilter,
  excludeSystemEvents,
  type KurrentDBClient,
  type ReadStreamOptions,
  type RecordedEvent,
  StreamNotFoundError,
  streamNameFilter,
} from "@kurrent/kurrentdb-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EndpointUnderTest, endpointForTest, person, startEndpoint } from "../support/kurrent/endpoint.ts";

let under: EndpointUnderTest;
let client: KurrentDBClient;

beforeAll(async () => {
  under = await startEndpoint();
  under.keys.set("flk_owner", person("owner"));
  for (let i = 0; i < 20; i++) {
    const device = `pump-${i % 2}`;
    const tags = i % 2 === 0 ? ["north"] : ["south"];
    await under.append("device", device, i < 2 ? "DeviceRegistered" : "DeviceTagged", { tags, i });
    await under.append("session", device, "SessionOpened", { i }, { correlationid: `c${i}`, causationid: `e${i}` });
  }
  await under.append("gateway", "pump-1", "GatewayStarted");
  await under.append("telemetry", "pump-1", "TelemetryReported", { values: { a: 1 } });
  await under.append("telemetry", "pump-0", "TelemetryReported");
  await under.append("telemetry", "pump-1", "TelemetryReported", { values: { a: 2 } });
  client = under.connect("flk_owner");
});
afterAll(() => under[Symbol.asyncDispose]());

/** Streams and revisions of what the client reads. */
async function revisions(stream: string, options: ReadStreamOptions = {}, by = client): Promise<string[]> {
  const found: string[] = [];
  for await (const { event } of by.readStream(stream, options)) found.push(`${event?.streamId} ${event?.revision}`);
  return found;
}

async function positions(options: Parameters<KurrentDBClient["readAll"]>[0] = {}, by = client): Promise<number[]> {
  const found: number[] = [];
  for await (const { event } of by.readAll(options)) found.push(Number(event?.position?.commit));
  return found;
}

const at = (seq: number) => ({ commit: BigInt(seq), prepare: BigInt(seq) });
const from = (first: number, count: number, step = 1) => Array.from({ length: count }, (_, i) => first + i * step);

describe("a stream of a device", () => {
  it("has the device's events of all its categories, with ordinals as revisions and FLEET's sequences as positions", async () => {
    const found: RecordedEvent[] = [];
    for await (const { event } of client.readStream("device-pump-1")) if (event !== undefined) found.push(event);
    expect(found.map((event) => Number(event?.revision))).toEqual(from(0, 20));
    expect(found.map((event) => Number(event?.position?.commit)).slice(0, 4)).toEqual([3, 4, 7, 8]);
    expect(found[1]).toMatchObject({
      streamId: "device-pump-1",
      type: "SessionOpened",
      isJson: true,
      data: { device: "pump-1", i: 1, by: "admin" },
      metadata: {
        id: "session-pump-1-4",
        subject: "fleet.session.pump-1",
        source: "/tests",
        $correlationId: "c1",
        $causationId: "e1",
      },
    });
    expect(found[1]?.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(new Set(found.map((event) => event?.id)).size).toBe(20);
  });

  it("can be read from the middle, backwards, and in part", async () => {
    expect(await revisions("device-pump-1", { fromRevision: 17n })).toEqual(
      from(17, 3).map((revision) => `device-pump-1 ${revision}`),
    );
    expect(await revisions("device-pump-1", { fromRevision: 3n, maxCount: 2 })).toEqual([
      "device-pump-1 3",
      "device-pump-1 4",
    ]);
    expect(await revisions("device-pump-1", { direction: BACKWARDS, fromRevision: END, maxCount: 2 })).toEqual([
      "device-pump-1 19",
      "device-pump-1 18",
    ]);
    expect(await revisions("device-pump-1", { direction: BACKWARDS, fromRevision: 2n })).toEqual([
      "device-pump-1 2",
      "device-pump-1 1",
      "device-pump-1 0",
    ]);
    // This client always reads forwards from the start and backwards from the end.
    expect(await revisions("device-pump-1", { fromRevision: END, maxCount: 1 })).toEqual(["device-pump-1 19"]);
    expect(await revisions("device-pump-1", { fromRevision: 100n })).toEqual([]);
    expect(await revisions("device-pump-1", { direction: BACKWARDS, fromRevision: 100n, maxCount: 1 })).toEqual([
      "device-pump-1 19",
    ]);
  });

  it("is not found if it has no events, or if no stream can have its name", async () => {
    for (const name of ["device-none", "telemetry-none", "$ce-alarm", "$ce-nothing", "session-pump-1", "x", "$streams"])
      await expect(revisions(name), name).rejects.toThrow(StreamNotFoundError);
    expect(await client.getStreamMetadata("device-pump-1")).toMatchObject({ streamName: "device-pump-1" });
  });
});

it("a stream of telemetry has TELEMETRY's sequences as revisions, which stay when old telemetry is dropped", async () => {
  expect(await revisions("telemetry-pump-1")).toEqual(["telemetry-pump-1 1", "telemetry-pump-1 3"]);
  expect(await revisions("telemetry-pump-1", { fromRevision: 2n })).toEqual(["telemetry-pump-1 3"]);
  expect(await revisions("telemetry-pump-1", { direction: BACKWARDS, fromRevision: 2n })).toEqual([
    "telemetry-pump-1 1",
  ]);
});

it("a stream of telemetry has no repeats, and reads of it wait until the repeats are known", async () => {
  const { append, backbone, connect, keys, telemetryRepeats: known } = await endpointForTest();
  keys.set("flk_owner", person("owner"));
  for (let i = 0; i < 2; i++) await append("telemetry", "valve", "TelemetryReported");
  for await (const event of backbone.log.read({ stream: "TELEMETRY", limit: 1 })) backbone.repeat(event);
  known.seq = 1;
  const by = connect("flk_owner");
  const options = [{}, { direction: BACKWARDS, fromRevision: END }, { fromRevision: 2n }] as const;
  const reads = options.map((some) => revisions("telemetry-valve", some, by));
  expect(await Promise.race([...reads, setTimeout(100, "waits")])).toBe("waits");
  known.seqs.add(3);
  known.seq = 3;
  const [one, two] = [1, 2].map((revision) => `telemetry-valve ${revision}`);
  expect(await Promise.all(reads)).toEqual([[one, two], [two, one], [two]]);
});

it("a gateway and a device with the same name have separate streams", async () => {
  expect(await revisions("gateway-pump-1")).toEqual(["gateway-pump-1 0"]);
});

describe("a stream of a category", () => {
  it("has the events themselves, with ordinals within the category", async () => {
    expect(await revisions("$ce-session", { fromRevision: 18n })).toEqual(["$ce-session 18", "$ce-session 19"]);
    expect(await revisions("$ce-session", { direction: BACKWARDS, fromRevision: 1n })).toEqual([
      "$ce-session 1",
      "$ce-session 0",
    ]);
    expect(await revisions("$ce-telemetry")).toEqual([1, 2, 3].map((seq) => `$ce-telemetry ${seq}`));
  });

  it("has links to the events of the devices if links are resolved", async () => {
    const found: unknown[] = [];
    for await (const { event, link } of client.readStream("$ce-session", { resolveLinkTos: true, fromRevision: 18n }))
      found.push([`${event?.streamId} ${event?.revision}`, `${link?.streamId} ${link?.revision}`, link?.type]);
    expect(found).toEqual([
      ["device-pump-0 19", "$ce-session 18", "$>"],
      ["device-pump-1 19", "$ce-session 19", "$>"],
    ]);
  });
});

describe("$all", () => {
  it("is FLEET with its sequences as positions, readable from the start, from a position, and backwards", async () => {
    expect(await positions()).toEqual(from(1, 41));
    expect(await positions({ fromPosition: at(39) })).toEqual([39, 40, 41]);
    expect(await positions({ fromPosition: at(5), maxCount: 2 })).toEqual([5, 6]);
    expect(await positions({ direction: BACKWARDS, fromPosition: END, maxCount: 2 })).toEqual([41, 40]);
    // As in KurrentDB, backwards begins before the position.
    expect(await positions({ direction: BACKWARDS, fromPosition: at(3) })).toEqual([2, 1]);
    expect(await positions({ direction: BACKWARDS, fromPosition: at(1) })).toEqual([]);
    expect(await positions({ fromPosition: at(42) })).toEqual([]);
  });

  it("is filtered by prefixes and regular expressions of streams and types", async () => {
    const device0 = from(1, 10, 4).flatMap((seq) => [seq, seq + 1]);
    expect(await positions({ filter: streamNameFilter({ prefixes: ["device-pump-0", "none"] }) })).toEqual(device0);
    expect(await positions({ filter: streamNameFilter({ regex: "pump-0$" }) })).toEqual(device0);
    expect(await positions({ filter: eventTypeFilter({ prefixes: ["Session"] }), maxCount: 3 })).toEqual([2, 4, 6]);
    expect(await positions({ filter: eventTypeFilter({ regex: "^DeviceReg|^Gateway" }) })).toEqual([1, 3, 41]);
    expect(await positions({ filter: excludeSystemEvents(), maxCount: 2 })).toEqual([1, 2]);
  });

  it("refuses expressions that are too large, and evaluates backtracking ones in linear time", async () => {
    await expect(positions({ filter: eventTypeFilter({ regex: "(" }) })).rejects.toThrow();
    await expect(positions({ filter: eventTypeFilter({ regex: "(.{1,500}y)" }) })).rejects.toThrow();
    const prefixes = from(0, 501).map((i) => `p${i}`);
    await expect(positions({ filter: eventTypeFilter({ prefixes }) })).rejects.toThrow();
    expect(await positions({ filter: streamNameFilter({ regex: "^(([a-z0-9-])+)+$!" }) })).toEqual([]);
    expect(await positions({ maxCount: 1 })).toEqual([1]);
  });
});

describe("keys", () => {
  it("a key limited to tags sees $all with gaps, and only the streams of devices with these tags", async () => {
    under.keys.set("flk_north", person("north", { role: "analyst", scope: { tags: ["north"] } }));
    const north = under.connect("flk_north");
    const found = await positions({}, north);
    expect(found).toEqual(from(1, 10, 4).flatMap((seq) => [seq, seq + 1]));
    const ids: (bigint | undefined)[] = [];
    for await (const { event } of north.readStream("$ce-session")) ids.push(event?.revision);
    expect(ids).toEqual(from(0, 10, 2).map(BigInt));
    for (const name of ["device-pump-1", "telemetry-pump-1", "gateway-pump-1", "$ce-gateway"])
      await expect(async () => {
        for await (const _ of north.readStream(name));
      }, name).rejects.toThrow(StreamNotFoundError);
  });

  it("a wrong key, and a key that may not read the history, are refused", async () => {
    under.keys.set("flk_viewer", person("viewer", { role: "viewer" }));
    await expect(positions({}, under.connect("flk_wrong"))).rejects.toThrow(AccessDeniedError);
    await expect(positions({}, under.connect("flk_viewer"))).rejects.toThrow(AccessDeniedError);
    await expect(positions({}, under.connect("flk_owner", false))).rejects.toThrow();
  });
});
