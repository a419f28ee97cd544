import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { Load, type LoadOptions } from "@fleetlog/simulators/load";
import { Authority } from "../../support/certificates.ts";
import { collectGarbage, INSPECTABLE } from "../../support/inspector.ts";
import { type RunningProcess, startProcess } from "../../support/processes.ts";
import { residentBytes } from "../../support/resident.ts";
import { type RunningGateway, startStack } from "../../support/stack.ts";
import { registerDevices } from "../devices.ts";
import type { Measure, Result } from "../measure.ts";

type Kind = "MQTT" | "WebSocket" | "TLS";

/** KiB for each idle device. */
const GOALS: Readonly<Record<Kind, number>> = { MQTT: 8, WebSocket: 9, TLS: 35 };

export const idleMemory: Measure = {
  name: "memory of idle devices",
  async run({ quick, progress }) {
    const count = quick ? 2_000 : 4_000;
    const folder = await mkdtemp(join(tmpdir(), "fleetlog-tls-"));
    try {
      const results: Result[] = [];
      const files = await tlsFiles(folder);
      for (const [kind, atMost] of Object.entries(GOALS) as [Kind, number][]) {
        const bytes = await bytesOfOne(kind, count, tlsSettings(files), progress);
        const name = `memory of an idle ${kind} device`;
        results.push({ name, value: bytes / 1_024, unit: "KiB", goal: { atMost } });
      }
      progress(`connecting ${count} to a bare TLS server`);
      const bare = (await bytesOfBareTls(count, files)) / 1_024;
      results.push({
        name: `idle connection of a TLS server of Node ${process.version} alone`,
        value: bare,
        unit: "KiB",
      });
      return results;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function bytesOfOne(
  kind: Kind,
  count: number,
  tls: Readonly<Record<string, string>>,
  progress: (text: string) => void,
): Promise<number> {
  // Devices register on one node and connect to the other, so that registration is not measured.
  await using stack = await startStack({ gateways: 2, env: { ...INSPECTABLE, ...(kind === "TLS" && tls) } });
  const [, gateway] = stack.gateways;
  if (gateway === undefined) throw new Error("no gateway");
  const target = targetOf(kind, gateway);
  progress(`registering ${count} devices`);
  const devices = await registerDevices(stack, "i", count);
  // The warm-up takes the process's one-time allocations.
  const warmUp = new Load({ target, devices: devices.slice(0, count / 4) });
  await warmUp.connect({ atOnce: 50 });
  await warmUp.stop();
  const before = await settled(gateway.process);
  progress(`connecting ${count} by ${kind}`);
  const load = new Load({ target, devices });
  await load.connect({ atOnce: 50 });
  const bytes = ((await settled(gateway.process)) - before) / count;
  await load.stop();
  return bytes;
}

function targetOf(kind: Kind, { process, httpPort, mqttPort }: RunningGateway): LoadOptions["target"] {
  const host = "127.0.0.1";
  if (kind === "WebSocket") return { protocol: "websocket", host, port: httpPort };
  if (kind === "MQTT") return { protocol: "mqtt", host, port: mqttPort };
  return { protocol: "mqtt", host, port: process.ready.mqttsPort ?? 0, tls: true };
}

async function bytesOfBareTls(count: number, { cert, key }: TlsFiles): Promise<number> {
  const server = await startProcess<{ readonly port: number }>("test/bench/raw/tls-server.ts", {
    ...INSPECTABLE,
    TLS_CERT: cert,
    TLS_KEY: key,
  });
  try {
    const { port } = server.ready;
    for (const socket of await connectTls(port, count / 4)) socket.destroy();
    const before = await settled(server);
    const sockets = await connectTls(port, count);
    const bytes = ((await settled(server)) - before) / count;
    for (const socket of sockets) socket.destroy();
    return bytes;
  } finally {
    await server.kill();
  }
}

async function connectTls(port: number, count: number): Promise<readonly TLSSocket[]> {
  const sockets: TLSSocket[] = [];
  while (sockets.length < count) {
    const some = Array.from({ length: 50 }, () => connect({ port, host: "127.0.0.1", rejectUnauthorized: false }));
    for (const socket of some) socket.write("x");
    await Promise.all(some.map((socket) => once(socket, "data")));
    sockets.push(...some);
  }
  return sockets;
}

interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

async function tlsFiles(folder: string): Promise<TlsFiles> {
  const { cert, key } = new Authority("Bench CA").issue({ names: ["gateway"], usage: "server" });
  const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  await writeFile(files.cert, cert);
  await writeFile(files.key, key, { mode: 0o600 });
  return files;
}

function tlsSettings({ cert, key }: TlsFiles): Readonly<Record<string, string>> {
  return {
    FLEETLOG_TLS_CERT: cert,
    FLEETLOG_TLS_KEY: key,
    FLEETLOG_HTTPS_PORT: "0",
    FLEETLOG_MQTTS_PORT: "0",
  };
}

async function settled(process: RunningProcess<unknown>): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  await collectGarbage(process);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return residentBytes(process.pid);
}
