import { createServer } from "node:net";
import { connectBackbone } from "@fleetlog/log";
import { type Credentials, Load } from "@fleetlog/simulators/load";
import { cpuMicroseconds } from "../../support/cpu-time.ts";
import { startTestNats } from "../../support/nats.ts";
import { startStack } from "../../support/stack.ts";
import { registerDevices, UNLIMITED } from "../devices.ts";
import { type BenchContext, type Measure, median, type Result } from "../measure.ts";
import { publish, WAYS } from "../raw/publish.ts";
import { type EventCpu, eventCpuResults } from "./event-cpu.ts";

type Target = ConstructorParameters<typeof Load>[0]["target"];

const CONNECTIONS = 50;
const WINDOW = 100;
const PADDING = 128;
/** Payload of the reference client, as large as a measured device's. */
const PAYLOAD_BYTES = 200;

/** What a load is measured on, and the processes whose processor time counts. */
interface Subject {
  readonly target: Target;
  readonly server: number;
  readonly gateway?: number;
}

async function burst(
  { target, server, gateway }: Subject,
  devices: readonly Credentials[],
  milliseconds: number,
): Promise<EventCpu & { readonly perSecond: number }> {
  const load = new Load({ target, devices, kind: "telemetry", window: WINDOW, padding: PADDING });
  await load.connect();
  const used = () => ({
    server: cpuMicroseconds(server),
    gateway: gateway === undefined ? 0 : cpuMicroseconds(gateway),
    load: cpuMicroseconds(process.pid),
  });
  const before = used();
  load.start();
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  await load.drain();
  const after = used();
  const { acknowledged, perSecond } = load.report();
  await load.stop();
  const perEvent = (of: keyof EventCpu) => (after[of] - before[of]) / acknowledged;
  return { perSecond, server: perEvent("server"), gateway: perEvent("gateway"), load: perEvent("load") };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function startNatsMqtt(sync: string) {
  const port = await freePort();
  const nats = await startTestNats({ sync, extra: `mqtt { host: "127.0.0.1", port: ${port} }\n` });
  const stream = { name: "TELEMETRY", subjects: ["me.>"], whenFull: "drop-oldest", replicas: 1 } as const;
  const limits = { maxBytes: 2 * 1024 ** 3, duplicateWindowMs: 120_000 };
  await (await connectBackbone({ url: nats.url, name: "bench", streams: [{ ...stream, ...limits }] })).close();
  return { nats, port };
}

/** nats-server's sync setting, with goals for the ratio to its own MQTT. */
const SYNCS = [
  { sync: "always", title: "fsync on every append", mqtt: 5, jsonrpc: 5 },
  { sync: "2m", title: "without fsync", mqtt: 1.2, jsonrpc: 1.2 },
] as const;

async function rates(sync: string, { quick, progress }: BenchContext) {
  const rounds = quick ? 1 : 3;
  const milliseconds = quick ? 3_000 : 6_000;
  const host = "127.0.0.1";
  await using stack = await startStack({ env: UNLIMITED, sync });
  const [gateway] = stack.gateways;
  if (gateway === undefined) throw new Error("no gateway");
  const { nats, port } = await startNatsMqtt(sync);
  try {
    const devices = await registerDevices(stack, "e", CONNECTIONS);
    const ours = { server: stack.nats.pid, gateway: gateway.process.pid };
    const subjects = {
      nats: { target: { protocol: "mqtt", host, port }, server: nats.pid },
      mqtt: { target: { protocol: "mqtt", host, port: gateway.mqttPort }, ...ours },
      jsonrpc: { target: { protocol: "websocket", host, port: gateway.httpPort }, ...ours },
    } as const satisfies Record<string, Subject>;
    type Name = keyof typeof subjects;
    const names = Object.keys(subjects) as Name[];
    const measured: Record<Name, Awaited<ReturnType<typeof burst>>[]> = { nats: [], mqtt: [], jsonrpc: [] };
    for (const name of names) await burst(subjects[name], devices, 1_500);
    for (let round = 1; round <= rounds; round++) {
      for (const name of names) {
        progress(`sync ${sync}, round ${round} of ${rounds}: ${name}`);
        measured[name].push(await burst(subjects[name], devices, milliseconds));
      }
    }
    const raw: (readonly [way: string, rate: number])[] = [];
    let append = Number.NaN;
    for (const way of WAYS) {
      progress(`sync ${sync}: a client that only publishes, ${way}`);
      const before = cpuMicroseconds(nats.pid);
      const published = await publish(nats.port, way, milliseconds, "x".repeat(PAYLOAD_BYTES));
      raw.push([way, published.perSecond]);
      if (way === "plain") append = (cpuMicroseconds(nats.pid) - before) / published.events;
    }
    const middle = (name: Name, of: keyof EventCpu | "perSecond") => median(measured[name].map((one) => one[of]));
    const cpu = (name: Name): EventCpu => ({
      server: middle(name, "server"),
      gateway: middle(name, "gateway"),
      load: middle(name, "load"),
    });
    return {
      version: nats.version,
      nats: middle("nats", "perSecond"),
      mqtt: middle("mqtt", "perSecond"),
      jsonrpc: middle("jsonrpc", "perSecond"),
      raw,
      cpu: { own: cpu("nats"), ours: cpu("mqtt"), append },
    };
  } finally {
    await nats.cleanup();
  }
}

export const events: Measure = {
  name: "acknowledged events",
  async run(context) {
    const results: Result[] = [];
    const unit = "events/s";
    let synced: number | undefined;
    for (const { sync, title, mqtt, jsonrpc } of SYNCS) {
      const rate = await rates(sync, context);
      const reference = { name: `nats-server ${rate.version}'s MQTT`, value: rate.nats };
      results.push(
        { name: `MQTT QoS 1, ${title}`, value: rate.mqtt, unit, reference, goal: { atLeast: mqtt } },
        { name: `JSON-RPC, ${title}`, value: rate.jsonrpc, unit, reference, goal: { atLeast: jsonrpc } },
        ...rate.raw.map(([way, value]) => ({
          name: `a client that only publishes into JetStream (${way}), ${title}`,
          value,
          unit,
          reference,
        })),
        // With fsync, the disk is the limit of nats-server's own MQTT.
        ...(sync === "always" ? [] : eventCpuResults(title, mqtt, rate.cpu)),
      );
      if (synced === undefined) synced = rate.mqtt;
      else {
        const name = "MQTT QoS 1: rate with fsync beside the rate without";
        results.push({
          name,
          value: synced,
          unit,
          reference: { name: title, value: rate.mqtt },
          goal: { atLeast: 0.5 },
        });
      }
    }
    return results;
  },
};
