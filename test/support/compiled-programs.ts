import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectMqttDevice } from "./devices/mqtt.ts";
import { connectWebSocketDevice } from "./devices/websocket.ts";
import { type Stack, startStack } from "./stack.ts";

/**
 * Lets each bundled program of a stack save its compiled code once, before the first test.
 *
 * Does nothing without bundles.
 */
export default async function compilePrograms(): Promise<void> {
  const { BUNDLED_PROGRAMS } = process.env;
  if (BUNDLED_PROGRAMS === undefined) return;
  const compiled = join(BUNDLED_PROGRAMS, "compiled");
  if (existsSync(compiled)) return;
  const save = join(BUNDLED_PROGRAMS, "save-compiled");
  writeFileSync(save, "");
  try {
    await using stack = await startStack({ historians: 1 });
    await use(stack);
    const { gateways, projectors, reactors, historians } = stack;
    await Promise.all([...gateways, ...projectors, ...reactors, ...historians].map(({ process }) => process.stop()));
  } finally {
    rmSync(save);
  }
  writeFileSync(compiled, "");
}

/** Only functions that have run are saved. */
async function use({ api, gateways: [gateway] }: Stack): Promise<void> {
  if (gateway === undefined) return;
  const { httpPort, mqttPort } = gateway;
  for (const [device, connect] of [
    ["by-mqtt", connectMqttDevice(5)],
    ["by-websocket", connectWebSocketDevice],
  ] as const) {
    const token = await api.register(device);
    const connected = await connect({ httpPort, mqttPort, device, token, onCommand: () => "done" });
    await connected.telemetry({ data: { temperature: 20 } });
    await api.call("POST", `/api/devices/${device}/commands?wait=5s`, { name: "go" });
    await connected.close();
  }
  await api.call("POST", "/api/accounts", { id: "north", name: "North" });
  await api.call("POST", "/api/history/query", { sql: "SELECT id FROM devices" });
  for (const list of ["devices", "commands", "devices/by-mqtt/events", "accounts", "people", "history"])
    await api.call("GET", `/api/${list}`);
}
