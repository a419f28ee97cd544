import { Load } from "@fleetlog/simulators/load";
import { collectGarbage, INSPECTABLE } from "../../support/inspector.ts";
import type { RunningProcess } from "../../support/processes.ts";
import { residentBytes } from "../../support/resident.ts";
import { startStack } from "../../support/stack.ts";
import { registerDevices } from "../devices.ts";
import type { Measure, Result } from "../measure.ts";

/** What a connected device costs the gateway while it says nothing: resident memory, all in. */
export const idleMemory: Measure = {
  name: "memory of idle devices",
  async run({ quick, say }) {
    const count = quick ? 1_000 : 4_000;
    const host = "127.0.0.1";
    const results: Result[] = [];
    for (const protocol of ["mqtt", "websocket"] as const) {
      // Devices are registered through one node and connect to the other, whose memory holds nothing of that work.
      await using stack = await startStack({ gateways: 2, env: INSPECTABLE });
      const [, gateway] = stack.gateways;
      if (gateway === undefined) throw new Error("no gateway");
      say(`registering ${count} devices`);
      const devices = await registerDevices(stack, "i", count);
      const port = protocol === "mqtt" ? gateway.mqttPort : gateway.httpPort;
      // A first crowd that comes and goes: what the process takes once, for whomever, is not the devices'.
      const crowd = new Load({ target: { protocol, host, port }, devices: devices.slice(0, count / 4) });
      await crowd.connect({ atOnce: 50 });
      await crowd.stop();
      const before = await settled(gateway.process);
      say(`connecting ${count} by ${protocol}`);
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

/** What the process holds, in bytes, once its garbage is collected and nothing is under way any more. */
async function settled(process: RunningProcess<unknown>): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  await collectGarbage(process);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return residentBytes(process.pid);
}
