import { join } from "node:path";
import { connectBackbone, declareStreams } from "@fleetlog/log";
import { dumpViews, rebuildViews } from "@fleetlog/projections";
import { type Credentials, Load } from "@fleetlog/simulators/load";
import { afterAll, beforeAll, expect, it } from "vitest";
import { audit } from "../support/audit.ts";
import { eventually } from "../support/eventually.ts";
import { flowing } from "../support/flowing.ts";
import { type Stack, startStack } from "../support/stack.ts";

const DEVICES = 12;
const RATE = 1_000;
const ROUNDS = 3;
const limits = { maxBytes: 1024 ** 3, replicas: 1 };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ projectors: 2, reactors: 2 });
});
afterAll(() => stack[Symbol.asyncDispose]());

async function credentials(prefix: string): Promise<Credentials[]> {
  const ids = Array.from({ length: DEVICES }, (_, n) => `${prefix}-${n}`);
  return Promise.all(ids.map(async (device) => ({ device, token: await stack.api.register(device) })));
}

it("Fleetlog keeps every acknowledged event once and every view correct under repeated kills of processes", async () => {
  const { gateways, projectors, nats, dataDir } = stack;
  const [gateway] = gateways;
  if (gateway === undefined) throw new Error("no gateway");
  const { httpPort, mqttPort } = gateway;
  const host = "127.0.0.1";
  const reconnect = { baseMs: 50, capMs: 500 };
  const common = { kind: "event", rate: RATE, window: 32, reconnect } as const;
  const loads = [
    new Load({
      ...common,
      target: { protocol: "mqtt", host, port: mqttPort, version: 5 },
      devices: await credentials("m"),
    }),
    new Load({ ...common, target: { protocol: "websocket", host, port: httpPort }, devices: await credentials("w") }),
  ];
  const acknowledged = () => loads.reduce((sum, load) => sum + load.report().acknowledged, 0);

  for (const load of loads) {
    await load.connect();
    load.start();
  }
  await flowing(loads);
  for (let round = 0; round < ROUNDS; round++) {
    await gateway.process.kill();
    await gateway.restart();
    await flowing(loads);
    const projector = projectors[round % projectors.length];
    await projector?.process.kill();
    await projector?.restart();
    await flowing(loads);
    await nats.kill();
    await nats.start();
    await flowing(loads);
  }
  await Promise.all(loads.map((load) => load.drain()));
  const total = acknowledged();
  await Promise.all(loads.map((load) => load.stop()));
  expect(total).toBeGreaterThan(ROUNDS * 3 * 400);

  const backbone = await connectBackbone({
    url: nats.url,
    name: "auditor",
    streams: declareStreams({ FLEET: limits, TELEMETRY: limits }),
  });
  try {
    const audited = await audit(backbone.log, loads, ["FLEET"]);
    const once = { acknowledged: total, stored: total, lost: 0, doubled: 0 };
    expect(audited, audited.examples.join("\n")).toMatchObject(once);

    await eventually(async () => expect((await stack.api.devices("?status=connected")).total).toBe(0), 60_000);
    await eventually(
      async () => expect((await stack.api.devices("?status=disconnected")).total).toBe(2 * DEVICES),
      60_000,
    );
    await eventually(async () => {
      const rebuilt = await rebuildViews(backbone.log);
      for (const name of ["projector-1", "projector-2"])
        expect(dumpViews(join(dataDir, `projector-${name}`))).toEqual(rebuilt);
    }, 60_000);
  } finally {
    await backbone.close();
  }
}, 300_000);
