import { Agent, request } from "node:http";
import { Histogram, Load } from "@fleetlog/simulators/load";
import { startStack } from "../../support/stack.ts";
import { registerDevices, UNLIMITED } from "../devices.ts";
import type { Measure } from "../measure.ts";

const DEVICES = 1_000;
const RATE = 300;

function command(agent: Agent, port: number, token: string, device: string): Promise<string> {
  const body = JSON.stringify({ name: "echo", params: { at: Date.now() } });
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    const path = `/api/devices/${device}/commands?wait=10s`;
    const call = request({ agent, port, host: "127.0.0.1", method: "POST", path, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve(`${response.statusCode} ${(JSON.parse(text) as { state?: string }).state}`));
    });
    call.on("error", reject);
    call.end(body);
  });
}

export const roundTrip: Measure = {
  name: "command round trip",
  async run({ quick, progress }) {
    const seconds = quick ? 5 : 20;
    const host = "127.0.0.1";
    await using stack = await startStack({ env: UNLIMITED });
    const [gateway] = stack.gateways;
    if (gateway === undefined) throw new Error("no gateway");
    progress(`connecting ${DEVICES} devices`);
    const devices = await registerDevices(stack, "c", DEVICES);
    const half = DEVICES / 2;
    const loads = [
      new Load({
        target: { protocol: "mqtt", host, port: gateway.mqttPort, version: 5 },
        devices: devices.slice(0, half),
      }),
      new Load({ target: { protocol: "websocket", host, port: gateway.httpPort }, devices: devices.slice(half) }),
    ];
    for (const load of loads) await load.connect({ atOnce: 50 });
    const agent = new Agent({ keepAlive: true, maxSockets: 512 });
    const latency = new Histogram();
    const outcomes: Record<string, number> = {};

    async function issue(n: number, measured: boolean): Promise<void> {
      const from = performance.now();
      const outcome = await command(
        agent,
        gateway?.httpPort ?? 0,
        stack.adminToken,
        devices[(n * 7) % DEVICES]?.device ?? "",
      );
      if (!measured) return;
      latency.add(performance.now() - from);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }

    async function atRate(count: number, measured: boolean): Promise<void> {
      const start = performance.now();
      const calls: Promise<void>[] = [];
      for (let n = 0; n < count; n++) {
        const due = start + (n * 1_000) / RATE;
        const wait = due - performance.now();
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        calls.push(issue(n, measured));
      }
      await Promise.all(calls);
    }

    progress("warming up");
    await atRate(RATE * 3, false);
    progress(`${RATE} commands a second for ${seconds} s`);
    await atRate(RATE * seconds, true);
    agent.destroy();
    for (const load of loads) await load.stop();
    const failed = Object.entries(outcomes).filter(([outcome]) => outcome !== "200 completed");
    if (failed.length > 0) throw new Error(`commands did not complete: ${JSON.stringify(outcomes)}`);
    return [
      { name: `command round trip at ${RATE}/s, p50`, value: latency.quantile(0.5), unit: "ms", goal: { atMost: 5 } },
      { name: `command round trip at ${RATE}/s, p99`, value: latency.quantile(0.99), unit: "ms", goal: { atMost: 25 } },
    ];
  },
};
