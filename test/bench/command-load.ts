import { Agent, request } from "node:http";
import { Histogram, Load } from "@fleetlog/simulators/load";
import type { Stack } from "../support/stack.ts";
import { registerDevices } from "./devices.ts";

const DEVICES = 1_000;
/** Commands a second. */
export const RATE = 300;
const WARM_UP_SECONDS = 3;

/** Commands at a constant rate to connected devices, half of which speak MQTT and half JSON-RPC over WebSocket. */
export class CommandLoad implements AsyncDisposable {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 512 });
  readonly #devices: readonly string[];
  readonly #loads: readonly Load[];
  readonly #port: number;
  readonly #token: string;

  private constructor(devices: readonly string[], loads: readonly Load[], port: number, token: string) {
    this.#devices = devices;
    this.#loads = loads;
    this.#port = port;
    this.#token = token;
  }

  /** Connects the devices to the stack's first gateway, and warms the gateway up. */
  static async connect(stack: Stack, progress: (text: string) => void): Promise<CommandLoad> {
    const [gateway] = stack.gateways;
    if (gateway === undefined) throw new Error("no gateway");
    progress(`connecting ${DEVICES} devices`);
    const credentials = await registerDevices(stack, "c", DEVICES);
    const half = DEVICES / 2;
    const { httpPort, mqttPort } = gateway;
    const host = "127.0.0.1";
    const loads = [
      new Load({
        target: { protocol: "mqtt", host, port: mqttPort, version: 5 },
        devices: credentials.slice(0, half),
      }),
      new Load({ target: { protocol: "websocket", host, port: httpPort }, devices: credentials.slice(half) }),
    ];
    for (const one of loads) await one.connect({ atOnce: 50 });
    const devices = credentials.map(({ device }) => device);
    const load = new CommandLoad(devices, loads, httpPort, stack.adminToken);
    progress("warming up");
    await load.roundTrips(WARM_UP_SECONDS);
    return load;
  }

  /** Milliseconds from each command's request to the answer with its result. @throws Error if a command does not complete */
  async roundTrips(seconds: number): Promise<Histogram> {
    const latency = new Histogram();
    const failed: Record<string, number> = {};
    const start = performance.now();
    const calls: Promise<void>[] = [];
    const issue = async (device: string) => {
      const from = performance.now();
      const outcome = await this.#command(device);
      latency.add(performance.now() - from);
      if (outcome !== "200 completed") failed[outcome] = (failed[outcome] ?? 0) + 1;
    };
    for (let n = 0; n < RATE * seconds; n++) {
      const wait = start + (n * 1_000) / RATE - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      calls.push(issue(this.#devices[(n * 7) % DEVICES] ?? ""));
    }
    await Promise.all(calls);
    if (Object.keys(failed).length > 0) throw new Error(`commands did not complete: ${JSON.stringify(failed)}`);
    return latency;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    for (const load of this.#loads) await load.stop();
  }

  #command(device: string): Promise<string> {
    const body = JSON.stringify({ name: "echo", params: { at: Date.now() } });
    const headers = {
      authorization: `Bearer ${this.#token}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    };
    const path = `/api/devices/${device}/commands?wait=10s`;
    const options = { agent: this.#agent, port: this.#port, host: "127.0.0.1", method: "POST", path, headers };
    return new Promise((resolve, reject) => {
      const call = request(options, (response) => {
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
}
