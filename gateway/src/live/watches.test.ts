import type { FleetEvent, Person } from "@fleetlog/domain";
import { Writer } from "@fleetlog/fleet";
import { type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { changedSubject, type FeedChange, heartbeatSubject, type WatchRequest } from "@fleetlog/protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LogHealth } from "../node/health/log-health.ts";
import { HintSources } from "./hint-sources.ts";
import { topicOf } from "./topics.ts";
import { MAX_WATCHED_KEYS, MAX_WATCHES, Watches } from "./watches.ts";

let backbone: MemoryBackbone;
let sources: HintSources;
let watches: Watches;
let sent: FeedChange[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  backbone = memoryBackbone();
  sources = new HintSources(
    backbone.bus,
    backbone.log,
    new LogHealth(backbone.log, { answers: true, onChange: () => () => {} }, Date.now),
  );
  sent = [];
  watches = watchesOf({ kind: "person", id: "ann", name: "Ann", role: "viewer" });
});
afterEach(() => {
  sources.stop();
  vi.useRealTimers();
});

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(2_500);
}
const watch = (request: WatchRequest) => watches.add(topicOf(request));
const watchesOf = (person: Person) =>
  new Watches(sources, { send: (change) => void sent.push(change), whenReady: () => undefined }, person);
const writer = new Writer(memoryBackbone().log, { source: "/tests", gateway: "g1", clock: Date.now });
const telemetry = (device: string) => writer.event({ type: "TelemetryReported", data: { data: { c: 1 } } }, device);
function publish(event: FleetEvent): void {
  backbone.bus.publish(event.subject, event);
}
async function append(event: FleetEvent): Promise<void> {
  publish(event);
  await backbone.log.append(event);
}
function changed(view: string, seq: number, keys: readonly string[] | null): void {
  backbone.bus.publish(changedSubject(view), { seq, keys });
}

describe("a watch", () => {
  it("of devices gets hints with the changed rows that it watches", async () => {
    const some = watch({ topic: "devices", keys: ["a", "b"] });
    const any = watch({ topic: "devices" });
    changed("registry", 5, ["b", "c"]);
    await settle();
    changed("status", 6, ["c"]);
    changed("commands", 7, ["a"]);
    await settle();
    changed("status", 8, null);
    await settle();
    expect(sent).toEqual([
      { watch: some, seq: 5, keys: ["b"] },
      { watch: any, seq: 5, keys: ["b", "c"] },
      { watch: any, seq: 6, keys: ["c"] },
      { watch: some, seq: 8, keys: null },
      { watch: any, seq: 8, keys: null },
    ]);
    expect(sources.notifiedSeq()).toBe(8);
  });

  it("gets one hint for a change that two projectors publish", async () => {
    const any = watch({ topic: "commands" });
    changed("commands", 5, ["a", "b"]);
    await settle();
    changed("commands", 4, ["a"]);
    changed("commands", 5, ["b"]);
    await settle();
    changed("commands", 9, null);
    await settle();
    changed("commands", 9, null);
    await settle();
    expect(sent).toEqual([
      { watch: any, seq: 5, keys: ["a", "b"] },
      { watch: any, seq: 9, keys: null },
    ]);
  });

  it("gets one hint for an event that changed rows of two views", async () => {
    const any = watch({ topic: "devices" });
    changed("registry", 5, ["a"]);
    changed("status", 5, ["a"]);
    await settle();
    expect(sent).toEqual([{ watch: any, seq: 5, keys: ["a"] }]);
  });

  it("gets the sequence of the stream from which the changed rows are built", async () => {
    const any = watch({ topic: "commands" });
    changed("commands", 5, ["a"]);
    await settle();
    backbone.bus.publish(changedSubject("commands"), { seq: 9_000, keys: ["b"], stream: "TELEMETRY" });
    await settle();
    expect(sent).toEqual([
      { watch: any, seq: 5, keys: ["a"] },
      { watch: any, seq: 0, seqs: { TELEMETRY: 9_000 }, keys: ["b"] },
    ]);
    expect(sources.notifiedSeq()).toBe(5);
    expect(sources.notifiedSeq("TELEMETRY")).toBe(9_000);
    expect(sources.notifiedSeq("ACCESS")).toBe(0);
  });

  it("gets hints when the views were rebuilt from another log", async () => {
    watch({ topic: "commands" });
    changed("commands", 500, ["a"]);
    await settle();
    changed("commands", 3, null);
    await settle();
    changed("commands", 4, ["b"]);
    await settle();
    expect(sent.map(({ seq, keys }) => [seq, keys])).toEqual([
      [500, ["a"]],
      [3, null],
      [4, ["b"]],
    ]);
  });

  it("of the summary or the system gets hints without rows", async () => {
    const summary = watch({ topic: "summary" });
    const system = watch({ topic: "system" });
    changed("status", 3, ["a"]);
    await settle();
    backbone.bus.publish(heartbeatSubject("gateway", "g1"), { kind: "gateway" });
    await settle();
    changed("gateways", 4, ["g1"]);
    await settle();
    expect(sent).toEqual([
      { watch: summary, seq: 3, keys: null },
      { watch: system, seq: 0, keys: null },
      { watch: system, seq: 4, keys: null },
    ]);
  });

  it("of a device gets hints with the categories of its events, and about its rows in the views", async () => {
    const one = watch({ topic: "device", id: "aa:bb" });
    await append(telemetry("aa:bb"));
    await append(telemetry("other"));
    const gateway = { type: "GatewayStarted", data: { gateway: "aa:bb", incarnation: "i1" } } as const;
    await append(writer.event(gateway, "aa:bb"));
    await settle();
    await append(writer.event(gateway, "aa:bb"));
    await settle();
    backbone.bus.publish("fleet.command.aa=3Abb", "not an event");
    await settle();
    changed("status", 3, ["other"]);
    await settle();
    changed("status", 4, ["x", "aa:bb"]);
    await settle();
    expect(sent).toEqual([
      { watch: one, seq: 0, keys: ["telemetry"] },
      { watch: one, seq: 0, keys: null },
      { watch: one, seq: 4, keys: ["views"] },
    ]);
  });

  it("of a device gets the hint about an event when the event can be read, even 8 s later", async () => {
    const one = watch({ topic: "device", id: "d1" });
    const event = telemetry("d1");
    publish(event);
    await vi.advanceTimersByTimeAsync(8_000);
    expect(sent).toEqual([]);
    await backbone.log.append(event);
    await settle();
    expect(sent).toEqual([{ watch: one, seq: 0, keys: ["telemetry"] }]);
  });

  it("gets at most four hints a second when there are 1,000 changes", async () => {
    watch({ topic: "devices" });
    for (let seq = 1; seq <= 1_000; seq++) {
      changed("status", seq, [`d${seq % 100}`]);
      await vi.advanceTimersByTimeAsync(1);
    }
    await settle();
    expect(sent.length).toBeLessThanOrEqual(6);
    expect(sent.at(-1)?.seq).toBe(1_000);
  });

  it("gets a hint to load everything when the log is back", async () => {
    const some = watch({ topic: "devices", keys: ["a"] });
    backbone.away();
    backbone.back();
    await settle();
    expect(sent).toEqual([{ watch: some, seq: 0, keys: null }]);
  });

  it("ends with `remove` or `end`; the end of the last watch ends the bus subscriptions", async () => {
    const first = watch({ topic: "devices" });
    const second = watch({ topic: "devices" });
    expect(sources.size).toBe(2);
    expect(watches.remove(first)).toBe(true);
    expect(watches.remove(first)).toBe(false);
    changed("status", 1, ["a"]);
    await settle();
    expect(sent.map((change) => change.watch)).toEqual([second]);
    watches.end();
    expect([watches.size, sources.size]).toEqual([0, 0]);
    changed("status", 2, ["a"]);
    await settle();
    expect(sent).toHaveLength(1);
  });
});

describe("the limits of watching", () => {
  const limited: Person = { kind: "person", id: "lee", name: "Lee", role: "viewer", scope: { tags: ["roof"] } };

  it.each<[unknown, string]>([
    [undefined, "topic"],
    [null, "topic"],
    [{}, "topic"],
    [{ topic: "secrets" }, "topic"],
    [{ topic: "__proto__" }, "topic"],
    [{ topic: "devices", keys: "a" }, "keys"],
    [{ topic: "devices", keys: [1] }, "keys[0]"],
    [{ topic: "devices", keys: Array(501).fill("a") }, "keys"],
    [{ topic: "device" }, "id"],
    [{ topic: "device", id: "*" }, "id"],
    [{ topic: "device", id: "a.>" }, "id"],
  ])("refuse %j with the field %s", (request, field) => {
    expect(() => watches.add(topicOf(request))).toThrow(expect.objectContaining({ code: "invalid-request", field }));
    expect(sources.size).toBe(0);
  });

  it("refuse the 201st watch and the 2,001st row of a connection", () => {
    for (let i = 0; i < MAX_WATCHES; i++) watch({ topic: "summary" });
    const many = () => watch({ topic: "summary" });
    expect(many).toThrow(expect.objectContaining({ code: "conflict" }));
    watches.end();
    const keys = Array.from({ length: 500 }, (_, i) => `d${i}`);
    for (let i = 0; i < MAX_WATCHED_KEYS / 500; i++) watch({ topic: "devices", keys });
    expect(() => watch({ topic: "devices", keys: ["a"] })).toThrow(expect.objectContaining({ code: "conflict" }));
    expect(many).not.toThrow();
  });

  it("let a viewer with a limited scope see the categories of the watched device's events", async () => {
    const mine = watchesOf(limited).add(topicOf({ topic: "device", id: "d1" }));
    await append(telemetry("d1"));
    await settle();
    changed("status", 4, ["d1", "d2"]);
    await settle();
    expect(sent).toEqual([
      { watch: mine, seq: 0, keys: ["telemetry"] },
      { watch: mine, seq: 4, keys: ["views"] },
    ]);
  });

  it("hide from a viewer with a limited scope whether a chosen row has changed", async () => {
    const mine = watchesOf(limited).add(topicOf({ topic: "devices", keys: ["foreign"] }));
    changed("registry", 5, ["another"]);
    await settle();
    changed("registry", 6, ["foreign"]);
    await settle();
    expect(sent).toEqual([
      { watch: mine, seq: 5, keys: null },
      { watch: mine, seq: 6, keys: null },
    ]);
  });

  it("end the watch of a device that has left the viewer's scope, with a last hint", async () => {
    let allowed: boolean | Error = true;
    const asked: number[] = [];
    const own = watchesOf(limited);
    const mine = own.add(topicOf({ topic: "device", id: "d1" }), async (atLeast) => {
      asked.push(atLeast);
      if (allowed instanceof Error) throw allowed;
      return allowed;
    });
    changed("status", 4, ["d1"]);
    await settle();
    allowed = new Error("no view answers");
    changed("status", 5, ["d1"]);
    await settle();
    expect(sent).toEqual([{ watch: mine, seq: 4, keys: ["views"] }]);
    allowed = false;
    await settle();
    changed("status", 6, ["d1"]);
    await append(telemetry("d1"));
    await settle();
    expect(sent.slice(1)).toEqual([{ watch: mine, seq: 0, keys: null }]);
    expect([own.size, asked[0], asked.at(-1)]).toEqual([0, 4, 5]);
  });

  it("hide keys from a viewer with a limited scope", async () => {
    const mine = watchesOf(limited).add(topicOf({ topic: "devices" }));
    changed("registry", 5, ["a", "b"]);
    await settle();
    expect(sent).toEqual([{ watch: mine, seq: 5, keys: null }]);
  });
});
