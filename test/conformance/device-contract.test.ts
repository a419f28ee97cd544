import { readFileSync } from "node:fs";
import type { ErrorCode } from "@fleetlog/domain";
import { setConfiguration } from "@fleetlog/fleet";
import { WIRE_ERRORS } from "@fleetlog/protocol";
import mqtt from "mqtt";
import { describe, expect, it } from "vitest";
import { TESTER } from "../support/gateway-parts.ts";
import { startMqttEndpoint } from "../support/mqtt-endpoint.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { startWebSocketEndpoint } from "../support/websocket-endpoint.ts";

const page = readFileSync(new URL("../../services/protocol/docs/device-contract.md", import.meta.url), "utf8");

function messages(kind: "mqtt" | "jsonrpc"): { readonly to: string; readonly json: string }[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${kind}\n(.*?)^\`\`\``, "gms"))].flatMap(([, lines = ""]) =>
    lines
      .trim()
      .split("\n")
      .map((line) => ({ to: line.slice(0, line.indexOf(" ")), json: line.slice(line.indexOf(" ") + 1) })),
  );
}

describe("the page on the device contract", () => {
  it("has MQTT messages that are accepted without a reason string", async () => {
    await using node = await startMqttEndpoint();
    const password = await node.register("d1");
    await setConfiguration(node.fleet, TESTER, "d1", { interval: 5 });
    const client = await mqtt.connectAsync(node.url, { protocolVersion: 5, clientId: "d1", username: "d1", password });
    const given = messages("mqtt");
    expect(given.length).toBeGreaterThan(6);
    for (const { to, json } of given) {
      const command = await node.issue("d1", "any");
      const remark = await publish(client, to.replace("<id>", command.id), json);
      expect({ to, json, remark }).toEqual({ to, json });
    }
    expect(await node.events("d1", "telemetry")).toHaveLength(3);
    expect((await node.events("d1", "command")).map(({ type }) => type)).toEqual(
      expect.arrayContaining(["CommandCompleted", "CommandFailed"]),
    );
    await client.endAsync();
  });

  it("has JSON-RPC calls that are answered with a sequence and without a warning", async () => {
    await using gateway = await startWebSocketEndpoint();
    const raw = await RawWebSocket.open(gateway.urlOf("d1", await gateway.register("d1")));
    await setConfiguration(gateway.fleet, TESTER, "d1", { interval: 5 });
    const given = messages("jsonrpc");
    expect(given.length).toBeGreaterThan(5);
    for (const { to, json } of given) {
      let id = "";
      if (json.includes("<id>")) {
        ({ id } = await gateway.issue("d1", "any"));
        expect(await raw.next()).toMatchObject({
          notification: "command",
          params: [{ id, name: "any", params: null }],
        });
      }
      const answer = await raw.call(to, JSON.parse(json.replace("<id>", id)));
      expect(answer, `${to} ${json}`).toMatchObject({ result: { seq: expect.any(Number) } });
      expect(answer, `${to} ${json}`).not.toHaveProperty("result.warning");
    }
  });

  it("has the gateway's codes of refusals", () => {
    const rows = [...page.matchAll(/^\| ([a-z-]+) \| (0x[0-9A-F]+) \| (-\d+) \|/gm)];
    expect(rows.length).toBeGreaterThan(8);
    for (const [, code = "", reason, jsonrpc] of rows) {
      const error = WIRE_ERRORS[code as ErrorCode];
      expect([code, Number(reason), Number(jsonrpc)]).toEqual([code, error.mqtt, error.jsonrpc]);
    }
  });
});

describe("a known field of a wrong form", () => {
  it("causes a warning in the gateway's log file, and in MQTT 5 a reason string in the PUBACK", async () => {
    await using node = await startMqttEndpoint();
    const report = async (protocolVersion: 4 | 5, device: string) => {
      const login = { protocolVersion, clientId: device, username: device, password: await node.register(device) };
      const client = await mqtt.connectAsync(node.url, login);
      const reason = await publish(client, "me/profile", '{"model":5}');
      await client.endAsync();
      return reason;
    };
    const fault = "model must be text; the profile is recorded, but this is not understood";
    expect(await report(5, "new")).toBe(fault);
    expect(await report(4, "old")).toBeUndefined();
    expect(node.logged.filter(({ msg }) => msg === `a report was accepted, but: ${fault}`)).toMatchObject([
      { device: "new", level: 40 },
      { device: "old", level: 40 },
    ]);
  });
});

async function publish(client: mqtt.MqttClient, topic: string, json: string): Promise<string | undefined> {
  let reason: string | undefined;
  const received = (packet: mqtt.Packet): void => {
    if (packet.cmd === "puback") reason = packet.properties?.reasonString;
  };
  client.on("packetreceive", received);
  await client.publishAsync(topic, json, { qos: 1 });
  client.off("packetreceive", received);
  return reason;
}
