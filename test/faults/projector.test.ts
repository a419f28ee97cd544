import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Backbone, connectBackbone, declareStreams } from "@fleetlog/log";
import { dumpViews, rebuildViews } from "@fleetlog/projections";
import { FleetHistory } from "@fleetlog/projections/fixtures";
import { querySubject } from "@fleetlog/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startTestNats, type TestNats } from "../support/nats.ts";
import { type RunningProcess, startProcess } from "../support/processes.ts";

const streams = declareStreams({
  FLEET: { maxBytes: 1024 ** 3, replicas: 1 },
  TELEMETRY: { maxBytes: 1024 ** 2, replicas: 1 },
});

let nats: TestNats;
let dataDir: string;
let backbone: Backbone;
let running: RunningProcess<unknown> | undefined;

beforeEach(async () => {
  nats = await startTestNats();
  dataDir = await mkdtemp(join(tmpdir(), "fleetlog-data-"));
  backbone = await connectBackbone({ url: nats.url, name: "load", streams });
});
afterEach(async () => {
  await running?.kill();
  await backbone.close({ timeoutMs: 0 });
  await nats.cleanup();
  await rm(dataDir, { recursive: true, force: true });
});

function startProjector(): Promise<RunningProcess<unknown>> {
  return startProcess("services/projections/src/main.ts", {
    FLEETLOG_NATS_URL: nats.url,
    FLEETLOG_DATA_DIR: dataDir,
    FLEETLOG_PROJECTOR_NAME: "p1",
  });
}

function load(fleet: FleetHistory): () => Promise<number> {
  let stopped = false;
  let acknowledged = 0;
  const run = async () => {
    let events = fleet.registrations();
    while (!stopped) {
      const appends = events.map(({ seq: _, stream: __, ...event }) => backbone.log.append(event));
      acknowledged += (await Promise.all(appends)).length;
      events = fleet.next(100);
      await pause(20);
    }
  };
  const done = run();
  return async () => {
    stopped = true;
    await done;
    return acknowledged;
  };
}

async function takenIn(atLeast: number): Promise<void> {
  await eventually(() => backbone.bus.request(querySubject("devices.list"), { params: { limit: 1 }, atLeast }));
}

async function expectViewsOfWholeLog(events: number): Promise<void> {
  const { lastSeq, events: stored } = await backbone.log.state("FLEET");
  expect(stored).toBe(events);
  await takenIn(lastSeq);
  expect(dumpViews(join(dataDir, "projector-p1"))).toEqual(await rebuildViews(backbone.log));
}

describe("a projector", { timeout: 240_000 }, () => {
  it("has views equal to a rebuild after it was killed many times under load", async () => {
    const stopLoad = load(new FleetHistory(100, 31));
    for (let deaths = 0; deaths < 6; deaths++) {
      running = await startProjector();
      await takenIn((await backbone.log.state("FLEET")).lastSeq + 1);
      await running.kill();
    }
    running = await startProjector();
    await expectViewsOfWholeLog(await stopLoad());
    expect(await running.stop()).toBe(0);
  });

  it("has views equal to a rebuild after nats-server was killed", async () => {
    const stopLoad = load(new FleetHistory(100, 32));
    running = await startProjector();
    for (let deaths = 0; deaths < 3; deaths++) {
      await takenIn((await eventually(() => backbone.log.state("FLEET"))).lastSeq + 1);
      await nats.kill();
      await nats.start();
    }
    await expectViewsOfWholeLog(await stopLoad());
  });

  it("rebuilds its views after a power cut in which the log lost its newest events", async () => {
    const append = async (fleet: FleetHistory, count: number) => {
      for (const { seq: _, stream: __, ...event } of [...fleet.registrations(), ...fleet.next(count)]) {
        await backbone.log.append({ ...event, id: `${count}-${event.id}` });
      }
    };
    await append(new FleetHistory(5, 33), 50);
    await nats.stop();
    const older = `${nats.storeDir}-older`;
    await cp(nats.storeDir, older, { recursive: true });
    await nats.start();
    await append(new FleetHistory(5, 34), 60);
    running = await startProjector();
    const { lastSeq } = await backbone.log.state("FLEET");
    await takenIn(lastSeq);

    await nats.kill();
    await rm(nats.storeDir, { recursive: true, force: true });
    await cp(older, nats.storeDir, { recursive: true });
    await rm(older, { recursive: true, force: true });
    await nats.start();
    await append(new FleetHistory(5, 35), 300);
    const { lastSeq: newest, events } = await backbone.log.state("FLEET");
    expect(newest).toBeGreaterThan(lastSeq);
    await eventually(() => expect(running?.logs().join()).toContain("rebuilding the views"));
    await expectViewsOfWholeLog(events);
  });
});
