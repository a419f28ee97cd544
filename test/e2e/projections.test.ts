import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordedEvent } from "@fleetlog/domain";
import { type Backbone, connectBackbone, declareStreams } from "@fleetlog/log";
import { dumpViews, Projector, rebuildViews } from "@fleetlog/projections";
import { FleetHistory } from "@fleetlog/projections/fixtures";
import {
  type Changed,
  changedSubject,
  heartbeatSubject,
  type ProjectorHeartbeat,
  type Queries,
  type QueryAnswer,
  type QueryName,
  querySubject,
} from "@fleetlog/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startTestNats, type TestNats } from "../support/nats.ts";

const streams = declareStreams({
  FLEET: { maxBytes: 1024 ** 3, replicas: 1 },
  TELEMETRY: { maxBytes: 1024 ** 2, replicas: 1 },
});
const logger = { info() {}, warn: (_: object, message: string) => void warnings.push(message), error() {} };
const warnings: string[] = [];

let nats: TestNats;
let directory: string;
let backbone: Backbone;
let closing: (() => Promise<unknown>)[];

beforeEach(async () => {
  warnings.length = 0;
  nats = await startTestNats();
  directory = await mkdtemp(join(tmpdir(), "fleetlog-projections-"));
  closing = [];
  backbone = await connected("asker");
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  await nats.cleanup();
  await rm(directory, { recursive: true, force: true });
});

async function connected(name: string): Promise<Backbone> {
  const made = await connectBackbone({ url: nats.url, name, streams });
  closing.push(() => made.close());
  return made;
}

async function projector(name: string): Promise<Projector> {
  const on = await connected(name);
  const made = new Projector({ backbone: on, id: name, directory: join(directory, name), logger });
  closing.push(() => made.close());
  await made.start();
  return made;
}

async function append(events: readonly RecordedEvent[]): Promise<number> {
  const appended = await Promise.all(events.map(({ seq: _, stream: __, ...event }) => backbone.log.append(event)));
  return appended.at(-1)?.seq ?? 0;
}

function query<N extends QueryName>(name: N, params: Queries[N]["params"], more: object = {}): Promise<QueryAnswer<N>> {
  return backbone.bus.request(querySubject(name), { params, ...more }) as Promise<QueryAnswer<N>>;
}

describe("projectors on nats-server", () => {
  it("give equal answers when two run in parallel, and both have the rows of a rebuild", async () => {
    const fleet = new FleetHistory(200, 21);
    await append([...fleet.registrations(), ...fleet.next(4_000)]);
    await Promise.all([projector("p1"), projector("p2")]);
    const seq = await append(fleet.next(4_000));

    const heartbeats = new Set<string>();
    backbone.bus.subscribe(heartbeatSubject("projector", "*"), ({ data }) => {
      const heartbeat = data as ProjectorHeartbeat;
      if (heartbeat.state === "live" && heartbeat.lag === 0) heartbeats.add(heartbeat.id);
    });
    const lists = await Promise.all(Array.from({ length: 8 }, () => query("devices.list", {}, { atLeast: seq })));
    const [first] = lists;
    for (const list of lists) expect(list).toEqual(first);
    expect(first?.result.total).toBe(200);
    const detail = await Promise.all(
      [1, 2, 3, 4].map(() => query("devices.get", { id: "device-000007" }, { atLeast: seq })),
    );
    for (const one of detail) expect(one).toEqual(detail[0]);
    await eventually(() => expect([...heartbeats].sort()).toEqual(["p1", "p2"]));

    const [one, two] = await eventually(() => {
      const dumps = ["p1", "p2"].map((name) => dumpViews(join(directory, name)));
      for (const dump of dumps) expect(dump.seq).toBe(seq);
      return dumps;
    });
    expect(one).toEqual(two);
    expect(one).toEqual(await rebuildViews(backbone.log));
  });

  it("answer each query once although two run", async () => {
    await Promise.all([projector("p1"), projector("p2")]);
    const fleet = new FleetHistory(5, 22);
    const seq = await append(fleet.registrations());
    const answers = await Promise.all(Array.from({ length: 50 }, () => query("devices.list", {}, { atLeast: seq })));
    expect(answers.every(({ result }) => result.total === 5)).toBe(true);
  });

  it("announce a change only when it is readable", async () => {
    await projector("p1");
    const changes: Changed[] = [];
    const subscription = backbone.bus.subscribe(changedSubject("status"), ({ data }) => changes.push(data as Changed));
    await backbone.bus.flush();
    const seq = await append(new FleetHistory(3, 23).registrations());
    // The last registration is the last event that changes `status`; one event of another view follows it.
    await eventually(() => expect(changes.at(-1)?.seq).toBeGreaterThanOrEqual(seq - 1));
    subscription.stop();
    const keys = new Set(changes.flatMap((change) => change.keys ?? []));
    expect([...keys].sort()).toEqual(["device-000000", "device-000001", "device-000002"]);
    for (const change of changes) {
      expect((await query("devices.list", {}, { atLeast: change.seq, waitMs: 0 })).seq).toBeGreaterThanOrEqual(
        change.seq,
      );
    }
  });

  it("serve every page of a fleet whose rows fill several messages", async () => {
    await projector("p1");
    const tags = Array.from({ length: 32 }, (_, i) => `${"t".repeat(60)}${i}`);
    const seq = await append(new FleetHistory(1, 24).registrations());
    const devices = Array.from({ length: 800 }, (_, i) => `many-${i}`);
    const history = devices.map((device, i) => ({
      specversion: "1.0" as const,
      id: `many-${i}`,
      source: "/operators/ada",
      type: "DeviceRegistered" as const,
      subject: `fleet.device.${device}`,
      time: "2026-01-01T00:00:00Z",
      data: { device, tags, by: "ada" },
      seq: seq + i + 1,
      stream: "FLEET" as const,
    }));
    const last = await append(history);
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const params: Queries["devices.list"]["params"] = { limit: 1_000, search: "many-", ...(cursor && { cursor }) };
      const page: QueryAnswer<"devices.list"> = await query("devices.list", params, { atLeast: last });
      seen.push(...page.result.items.map(({ id }) => id));
      cursor = page.result.next;
    }
    expect(seen).toEqual([...devices].sort());
  });

  it("rebuild their views in the background, while they answer queries and apply new events", async () => {
    const fleet = new FleetHistory(100, 25);
    await append([...fleet.registrations(), ...fleet.next(5_000)]);
    const running = await projector("p1");
    let rebuilding = true;
    const rebuilt = running.rebuild().finally(() => {
      rebuilding = false;
    });
    let seq = 0;
    do {
      seq = await append(fleet.next(200));
      expect((await query("devices.list", {}, { atLeast: seq })).result.total).toBe(100);
    } while (rebuilding);
    await rebuilt;
    seq = await append(fleet.next(200));
    await query("devices.list", {}, { atLeast: seq });
    expect(dumpViews(join(directory, "p1"))).toEqual(await rebuildViews(backbone.log));
  });
});
