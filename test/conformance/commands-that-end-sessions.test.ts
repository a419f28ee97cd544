import { type Command, type CommandEvent, commandDecider, fold, type RecordedEvent } from "@fleetlog/domain";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import type { GatewayParts } from "../support/gateway-parts.ts";
import { startMqttEndpoint } from "../support/mqtt-endpoint.ts";
import { rawDevice } from "../support/raw-device.ts";
import { publish, subscribe } from "../support/raw-mqtt.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { startWebSocketEndpoint } from "../support/websocket-endpoint.ts";

const TOO_MUCH = "x".repeat(300_000);
/** A failing test ends after this many sessions. The command `dump` is given up after five sessions. */
const MAX_SESSIONS = 12;

interface Received {
  readonly id: string;
  readonly name: string;
}

async function stateOf(node: GatewayParts, id: string): Promise<Command | undefined> {
  const events = (await node.events("d1", "command")) as RecordedEvent<CommandEvent>[];
  return fold(
    commandDecider,
    events.filter(({ data }) => data.command === id),
  );
}

async function givenUp(node: GatewayParts, runSession: () => Promise<void>): Promise<void> {
  const dump = await node.issue("d1", "dump");
  const behind = await node.issue("d1", "ping");
  const ended = async () => (await stateOf(node, behind.id))?.endedAt !== undefined;
  let sessions = 0;
  while (!(await ended()) && sessions < MAX_SESSIONS) {
    sessions++;
    await runSession();
  }
  await eventually(async () => {
    expect(await stateOf(node, behind.id)).toMatchObject({ state: "completed" });
    expect(await stateOf(node, dump.id)).toMatchObject({ state: "failed", deliveries: 5, error: { code: "given-up" } });
  });
  expect(node.logged).toContainEqual(expect.objectContaining({ command: dump.id, sessions: 5 }));
}

describe("a command whose answer always ends the session is given up, and the next command is completed", () => {
  it("over WebSocket", async () => {
    await using node = await startWebSocketEndpoint();
    const url = node.urlOf("d1", await node.register("d1"));
    await givenUp(node, async () => {
      const raw = await RawWebSocket.open(url);
      for (let open = true; open; ) {
        const message = (await Promise.race([raw.next(), raw.closed])) as { params?: [Received]; code?: number };
        const [command] = message.params ?? [];
        if (command?.name === "dump") {
          raw.send({
            jsonrpc: "2.0",
            method: "command.result",
            params: { id: command.id, ok: true, result: TOO_MUCH },
            id: 1,
          });
          expect((await raw.closed).code).toBe(1009);
        } else if (command?.name === "ping") {
          raw.send({ jsonrpc: "2.0", method: "command.result", params: { id: command.id, ok: true }, id: 2 });
          await raw.next();
          await raw.close();
        }
        open = raw.websocket.readyState === raw.websocket.OPEN;
      }
    });
  });

  it("over MQTT, although the device never acknowledges the command", async () => {
    await using node = await startMqttEndpoint();
    const token = await node.register("d1");
    await givenUp(node, async () => {
      const { peer } = await rawDevice(node, "d1", token);
      peer.send(subscribe(5, 1, ["me/command/+", 1]));
      while (!peer.closed) {
        const { type, body } = await peer.next().catch(() => ({ type: 0, body: Buffer.alloc(0) }));
        if (type !== 3) continue;
        const command = JSON.parse(body.toString("utf8", body.indexOf("{"))) as Received;
        const topic = `me/command/${command.id}/result`;
        if (command.name === "dump") peer.send(publish({ topic, payload: TOO_MUCH, qos: 1 }));
        else {
          peer.send(publish({ topic, payload: '{"ok":true}', qos: 1 }));
          await peer.next();
          peer.destroy();
        }
        await peer.untilClosed();
      }
    });
  });
});
