import { type Credentials, Load } from "@fleetlog/simulators/load";
import { eventually } from "../../support/eventually.ts";
import type { Stack } from "../../support/stack.ts";

const DEVICES = 6;
const RATE = 60;
const RECOVERY_MS = 180_000;
/** Acknowledged reports after which a load has recovered. */
const ENOUGH = 30;

export async function startLoads({ gateways, api }: Stack): Promise<Load[]> {
  const host = "127.0.0.1";
  const common = { rate: RATE, window: 32, reconnect: { baseMs: 50, capMs: 1_000 } } as const;
  const loads: Load[] = [];
  for (const { httpPort, mqttPort, name } of gateways) {
    const devices = (kind: string): Promise<Credentials[]> =>
      Promise.all(
        Array.from({ length: DEVICES }, async (_, n) => {
          const device = `${name}-${kind}-${n}`;
          return { device, token: await api.register(device) };
        }),
      );
    const mqtt = { protocol: "mqtt", host, port: mqttPort, version: 5 } as const;
    const websocket = { protocol: "websocket", host, port: httpPort } as const;
    loads.push(
      new Load({ ...common, target: mqtt, kind: "event", devices: await devices("mqtt") }),
      new Load({ ...common, target: websocket, kind: "event", devices: await devices("ws") }),
      new Load({ ...common, target: mqtt, kind: "telemetry", devices: await devices("telemetry") }),
    );
  }
  for (const load of loads) {
    await load.connect();
    load.start();
  }
  return loads;
}

/**
 * Resolves when all loads get acknowledgements again.
 * @throws Error if that takes too long
 */
export async function recovered(loads: readonly Load[]): Promise<void> {
  await Promise.all(
    loads.map((load) => {
      const before = load.report().acknowledged;
      return eventually(() => {
        const { acknowledged, ended, refused } = load.report();
        if (acknowledged < before + ENOUGH)
          throw new Error(
            `${load.devices[0]?.id} and the other devices of its load: ${acknowledged - before} reports acknowledged in ${RECOVERY_MS / 1_000} s; ` +
              `connections ended: ${JSON.stringify(ended)}; refused: ${JSON.stringify(refused)}`,
          );
      }, RECOVERY_MS);
    }),
  );
}
