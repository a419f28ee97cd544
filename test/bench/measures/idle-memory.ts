import { Load } from "@fleetlog/simulators/load";
import { collectGarbage, INSPECTABLE } from "../../support/inspector.ts";
import type { RunningProcess } from "../../support/processes.ts";
import { residentBytes } from "../../support/resident.ts";
import { startStack } from "../../support/stack.ts";
import { registerDevices } from "../devices.ts";
import type { Measure, Result } from "../measure.ts";

/** Resident memory of the gateway for each connected idle device. */
export const idleMemory: Measure = {
  name: "memory of idle devices",
  async run({ quick, progress }) {
    const count = quick ? 1_000 : 4_000;
    const host = "127.0.0.1";
    const results: Result[] = [];
    for (const protocol of ["mqtt", "websocket"] as const) {
      // Devices are registered on one node and connect to the other, so that registration does not count.
      await using stack = await startStack({ gateways: 2, env: INSPECTABLE });
      const [, gateway] = stack.gateways;
      if (gateway === undefined) throw new Error("no gateway");
      progress(`registering ${count} devices`);
      const devices = await registerDevices(stack, "i", count);
      const port = protocol === "mqtt" ? gateway.mqttPort : gateway.httpPort;
      // A warm-up that connects and disconnects, so that one-time allocations of the process do not count.
      const warmUp = new Load({ target: { protocol, host, port }, devices: devices.slice(0, count / 4) });
      await warmUp.connect({ atOnce: 50 });
      await warmUp.stop();
      const before = await settled(gateway.process);
      progress(`connecting ${count} by ${protocol}`);
      const load = new Load({ target: { protocol, host, port }, devices });
      await load.connect({ atOnce: 50 });
      const bytes = ((await settled(gateway.process)) - before) / count;
      await load.stop();
      const name = protocol === "mqtt" ? "MQTT" : "WebSocket";
      results.push({
        name: `memory of an idle ${name} device`,
        value: bytes / 1_024,
        unit: "KiB",
        goal: { atMost: 20 },
      });
    }
    return results;
  },
};

/** Bytes that the process uses after garbage collection, once all pending work has finished. */
async function settled(process: RunningProcess<unknown>): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  await collectGarbage(process);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return residentBytes(process.pid);
}
