import { createServer } from "node:net";
import { connectBackbone } from "@fleetlog/log";
import { type Credentials, Load, type LoadReport } from "@fleetlog/simulators/load";
import { startTestNats } from "../../support/nats.ts";
import { startStack } from "../../support/stack.ts";
import { registerDevices, UNLIMITED } from "../devices.ts";
import { type Measure, median } from "../measure.ts";

type Target = ConstructorParameters<typeof Load>[0]["target"];

const CONNECTIONS = 50;
const WINDOW = 100;
const PADDING = 128;

/** Rate of acknowledged telemetry while every connection's window is full. */
async function burst(target: Target, devices: readonly Credentials[], milliseconds: number): Promise<LoadReport> {
  const load = new Load({ target, devices, kind: "telemetry", window: WINDOW, padding: PADDING });
  await load.connect();
  load.start();
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  await load.drain();
  const report = load.report();
  await load.stop();
  return report;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** nats-server as an MQTT broker, with a stream for the subjects that its clients publish to. */
async function startNatsMqtt() {
  const port = await freePort();
  const nats = await startTestNats({ extra: `mqtt { host: "127.0.0.1", port: ${port} }\n` });
  const stream = { name: "TELEMETRY", subjects: ["me.>"], whenFull: "drop-oldest", replicas: 1 } as const;
  const limits = { maxBytes: 2 * 1024 ** 3, duplicateWindowMs: 120_000 };
  // Connecting creates the stream; the broker needs nothing else.
  await (await connectBackbone({ url: nats.url, name: "bench", streams: [{ ...stream, ...limits }] })).close();
  return { nats, port };
}

/** Acknowledged events a second, Fleetlog and nats-server's own MQTT alternately. */
export const events: Measure = {
  name: "acknowledged events",
  async run({ quick, progress }) {
    const rounds = quick ? 1 : 3;
    const milliseconds = quick ? 3_000 : 6_000;
    const host = "127.0.0.1";
    await using stack = await startStack({ env: UNLIMITED });
    const [gateway] = stack.gateways;
    if (gateway === undefined) throw new Error("no gateway");
    const { nats, port } = await startNatsMqtt();
    try {
      const devices = await registerDevices(stack, "e", CONNECTIONS);
      const targets: readonly (readonly [string, Target])[] = [
        ["nats", { protocol: "mqtt", host, port }],
        ["mqtt", { protocol: "mqtt", host, port: gateway.mqttPort }],
        ["jsonrpc", { protocol: "websocket", host, port: gateway.httpPort }],
      ];
      const rates: Record<string, number[]> = { nats: [], mqtt: [], jsonrpc: [] };
      // A warm-up round that is not measured.
      for (const [, target] of targets) await burst(target, devices, 1_500);
      for (let round = 1; round <= rounds; round++) {
        for (const [name, target] of targets) {
          progress(`round ${round} of ${rounds}: ${name}`);
          rates[name]?.push((await burst(target, devices, milliseconds)).perSecond);
        }
      }
      const reference = { name: "nats-server's MQTT", value: median(rates.nats ?? []) };
      const unit = "events/s";
      return [
        { name: "MQTT QoS 1", value: median(rates.mqtt ?? []), unit, reference, goal: { atLeast: 0.6 } },
        { name: "JSON-RPC", value: median(rates.jsonrpc ?? []), unit, reference, goal: { atLeast: 0.6 } },
      ];
    } finally {
      await nats.cleanup();
    }
  },
};
