import { createAgent } from "@fleetlog/agent";
import { describe, expect, it } from "vitest";
import { Authority } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { startTlsGateway } from "../support/tls-gateway.ts";

const ADDRESSES = [
  ["JSON-RPC", (https: string) => ({ url: `wss://${https}/device` })],
  ["MQTT 5", (_https: string, mqtts: string) => ({ url: mqtts, mqttVersion: 5 })],
  ["MQTT 3.1.1", (_https: string, mqtts: string) => ({ url: mqtts, mqttVersion: 4 })],
  ["MQTT over WebSocket", (https: string) => ({ url: `wss://${https}/mqtt`, mqttVersion: 5 })],
] as const;

describe.each(ADDRESSES)("an agent with a certificate and without a token, by %s", (_name, addressOf) => {
  it("reports", async () => {
    await using node = await startTlsGateway();
    await node.api.register("pump-1");
    const { cert, key } = node.authority.issue({ names: ["pump-1"] });
    const tls = { ca: node.authority.cert, cert, key };
    const agent = createAgent({ ...addressOf(node.https, node.mqtts), device: "pump-1", tls });
    agent.start();
    agent.report({ celsius: 21.5 });
    await eventually(async () => {
      const { body } = await node.api.call("GET", "/api/devices/pump-1/events?category=telemetry");
      expect(body).toMatchObject({ items: [{ data: { data: { celsius: 21.5 } } }] });
    });
    await agent.stop();
  });

  it("reports refused credentials when its certificate is refused", async () => {
    await using node = await startTlsGateway();
    await node.api.register("pump-1");
    const { cert, key } = new Authority().issue({ names: ["pump-1"] });
    const tls = { ca: node.authority.cert, cert, key };
    const errors: string[] = [];
    const quiet = () => {};
    const logger = {
      debug: quiet,
      info: quiet,
      warn: quiet,
      error: (...line: unknown[]) => errors.push(JSON.stringify(line)),
    };
    const agent = createAgent({ ...addressOf(node.https, node.mqtts), device: "pump-1", tls, logger });
    agent.start();
    await eventually(() => expect(errors.join()).toMatch(/credentials|refuse/));
    await agent.stop();
  });
});
