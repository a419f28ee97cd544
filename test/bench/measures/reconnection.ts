import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Load } from "@fleetlog/simulators/load";
import { startStack } from "../../support/stack.ts";
import { registerDevices, UNLIMITED } from "../devices.ts";
import type { Measure } from "../measure.ts";

const HOST = "127.0.0.1";
/** Allowance beyond the time for connecting and logging in at the usual rate. */
const GRACE_MS = 3_000;
const SECOND = 1_000;

export const reconnection: Measure = {
  name: "reconnection of a fleet",
  async run({ quick, progress }) {
    const count = quick ? 2_000 : 5_000;
    await using stack = await startStack({ env: UNLIMITED });
    const [gateway] = stack.gateways;
    if (gateway === undefined) throw new Error("no gateway");
    progress(`registering ${count} devices`);
    const devices = await registerDevices(stack, "r", count);
    progress(`${count} plain TCP connections to nats-server`);
    const tcp = await plainConnections(stack.nats.port, count);
    progress("logging in, some at a time");
    const target = { protocol: "mqtt", host: HOST, port: gateway.mqttPort } as const;
    const load = new Load({ target, devices, reconnect: { baseMs: 1, capMs: SECOND } });
    const from = performance.now();
    await load.connect({ atOnce: 50 });
    const logins = performance.now() - from;
    progress("reconnecting all at once");
    const cut = performance.now();
    for (const device of load.devices) device.cut();
    while (!load.devices.every(({ connections, open }) => open && connections === 2)) await delay(5);
    const back = performance.now() - cut;
    await delay(2 * SECOND);
    const ended = Object.values(load.report().ended).reduce((sum, each) => sum + each, 0);
    await load.stop();
    return [
      {
        name: `${count} MQTT devices that reconnect at once: until all are back`,
        value: back / SECOND,
        unit: "s",
        reference: {
          name: "TCP connections alone, log-ins 50 at a time, and 3 s",
          value: (tcp + logins + GRACE_MS) / SECOND,
        },
        goal: { atMost: 1 },
      },
      { name: "log-ins by MQTT, 50 at a time", value: (count / logins) * SECOND, unit: "a second" },
      { name: "reconnecting devices refused or thrown out", value: ended - count, unit: "", goal: { atMost: 0 } },
    ];
  },
};

async function plainConnections(port: number, count: number): Promise<number> {
  const from = performance.now();
  const sockets: Socket[] = Array.from({ length: count }, () => connect({ host: HOST, port }));
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  const took = performance.now() - from;
  for (const socket of sockets) socket.destroy();
  return took;
}
