import { connectBackbone, declareStreams } from "@fleetlog/log";
import { type Credentials, Load } from "@fleetlog/simulators/load";
import { afterAll, beforeAll, expect, it } from "vitest";
import { audit } from "../support/audit.ts";
import { type FleetlogContainers, startFleetlog } from "../support/containers/fleetlog.ts";
import { type NatsCluster, startNatsCluster } from "../support/containers/nats-cluster.ts";
import { operator } from "../support/containers/nats-users.ts";
import { eventually } from "../support/eventually.ts";
import { flowing } from "../support/flowing.ts";
import { suiteWith } from "../support/suite-with.ts";

const DEVICES = 6;
const RATE = 300;
const limits = { maxBytes: 256 * 1024 ** 2, replicas: 3 };
/** The gateway's declarations, so that neither side updates the other's streams. */
const streams = declareStreams({ FLEET: limits, TELEMETRY: { ...limits, maxAgeMs: 7 * 86_400_000 } });

suiteWith("containers", "Fleetlog on three nats-servers", () => {
  let cluster: NatsCluster;
  let fleetlog: FleetlogContainers;
  beforeAll(async () => {
    cluster = await startNatsCluster();
    fleetlog = await startFleetlog(cluster.network, {
      FLEETLOG_NATS_URL: cluster.insideUrl,
      FLEETLOG_REPLICAS: "3",
      FLEETLOG_FLEET_MAX_BYTES: "256MiB",
      FLEETLOG_TELEMETRY_MAX_BYTES: "256MiB",
    });
  }, 180_000);
  afterAll(async () => {
    await fleetlog?.stop();
    await cluster?.cleanup();
  });

  const credentials = (prefix: string): Promise<Credentials[]> => {
    const ids = Array.from({ length: DEVICES }, (_, n) => `${prefix}-${n}`);
    return Promise.all(ids.map(async (device) => ({ device, token: await fleetlog.api.register(device) })));
  };
  const connect = () =>
    connectBackbone({
      url: cluster.url,
      login: operator,
      name: "auditor",
      streams,
    });

  it("creates buckets that two processes open at the same moment", async () => {
    const backbones = await Promise.all([connect(), connect()]);
    const names = Array.from({ length: 20 }, (_, n) => `together-${n}`);
    await Promise.all(
      names.flatMap((name) => backbones.map(({ buckets }) => buckets.open(name, { maxBytes: 1024 ** 2 }))),
    );
    await Promise.all(backbones.map((backbone) => backbone.close()));
  });

  it("keeps every acknowledged event exactly once when the leader of the log is killed or cut off under load", {
    timeout: 300_000,
  }, async () => {
    const { httpPort, mqttPort } = fleetlog;
    const host = "127.0.0.1";
    const common = { kind: "event", rate: RATE, window: 32, reconnect: { baseMs: 50, capMs: 500 } } as const;
    const mqtt = { protocol: "mqtt", host, port: mqttPort, version: 5 } as const;
    const loads = [
      new Load({ ...common, target: mqtt, devices: await credentials("m") }),
      new Load({ ...common, target: { protocol: "websocket", host, port: httpPort }, devices: await credentials("w") }),
    ];
    for (const load of loads) {
      await load.connect();
      load.start();
    }
    await flowing(loads);

    const killed = await cluster.leader("FLEET");
    await killed.kill();
    await flowing(loads);
    expect((await cluster.leader("FLEET")).name).not.toBe(killed.name);
    await killed.start();
    await cluster.settled("FLEET");

    const cutOff = await cluster.leader("FLEET");
    await cutOff.cutOff();
    await flowing(loads);
    await cutOff.rejoin();
    await cluster.settled("FLEET");
    await flowing(loads);

    await Promise.all(loads.map((load) => load.drain()));
    const total = loads.reduce((sum, load) => sum + load.report().acknowledged, 0);
    await Promise.all(loads.map((load) => load.stop()));
    const auditor = await connect();
    // A node's return can cause an election, during which a read fails.
    const audited = await eventually(() => audit(auditor.log, loads, ["FLEET"]), 60_000).finally(() => auditor.close());
    const once = { acknowledged: total, stored: total, lost: 0, doubled: 0 };
    expect(audited, audited.examples.join("\n")).toMatchObject(once);
    // The servers to which the processes are connected may not have noticed yet that a route between them is dead.
    await eventually(
      async () => expect((await fleetlog.api.devices("?status=disconnected")).total).toBe(2 * DEVICES),
      30_000,
    );
  });
});
