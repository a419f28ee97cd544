import { afterAll, beforeAll, expect, it } from "vitest";
import { Api } from "../support/api.ts";
import { connectWebSocketDevice } from "../support/devices/websocket.ts";
import { eventually } from "../support/eventually.ts";
import { startProcess } from "../support/processes.ts";
import { type GatewayReady, type RunningGateway, type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
beforeAll(async () => {
  // The older gateway notices the newer gateway after a third of this time. Until then devices can connect to the older
  // gateway.
  stack = await startStack({ env: { FLEETLOG_LEASE_TTL: "15s" } });
});
afterAll(() => stack[Symbol.asyncDispose]());

it("a gateway that was replaced by a process of the same name leaves no device shown as connected", async () => {
  const [older] = stack.gateways as [RunningGateway];
  const token = await older.api.register("late");
  const newer = await startProcess<GatewayReady>("gateway/src/main.ts", {
    FLEETLOG_NATS_URL: stack.nats.url,
    FLEETLOG_DATA_DIR: stack.dataDir,
    FLEETLOG_LEASE_TTL: "15s",
    FLEETLOG_GATEWAY_NAME: older.name,
    FLEETLOG_HTTP_PORT: "0",
    FLEETLOG_MQTT_PORT: "0",
  });
  const api = new Api(`http://127.0.0.1:${newer.ready.httpPort}`, stack.adminToken);
  try {
    const { httpPort, mqttPort } = older;
    const device = await connectWebSocketDevice({ httpPort, mqttPort, device: "late", token });
    await device.closed;
    const events = await eventually(async () => {
      const found = await api.events("late");
      expect(found.at(-1)?.type).toBe("SessionClosed");
      return found;
    });
    expect(events.filter(({ type }) => type === "SessionOpened")).toHaveLength(1);
    await eventually(async () => expect((await api.device("late")).status).toBe("disconnected"));
  } finally {
    await newer.kill();
  }
});
