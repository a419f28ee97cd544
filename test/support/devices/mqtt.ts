import type { CommandMessage } from "@fleetlog/protocol";
import { connectAsync } from "mqtt";
import { onceOf } from "../once.ts";
import type { ConnectDevice } from "./device.ts";

export function connectMqttDevice(protocolVersion: 4 | 5, overWebSocket = false): ConnectDevice {
  return async ({ httpPort, mqttPort, device, token, onCommand }) => {
    const url = overWebSocket ? `ws://127.0.0.1:${httpPort}/mqtt` : `mqtt://127.0.0.1:${mqttPort}`;
    const client = await connectAsync(url, {
      protocolVersion,
      clientId: device,
      username: device,
      password: token,
      reconnectPeriod: 0,
      keepalive: 30,
    });
    const commands: CommandMessage[] = [];
    const closed = onceOf(client, "close");
    const publish = (topic: string, value: unknown) => client.publishAsync(topic, JSON.stringify(value), { qos: 1 });
    client.on("message", (_topic, payload) => {
      const command = JSON.parse(payload.toString()) as CommandMessage;
      commands.push(command);
      if (onCommand === undefined) return;
      const topic = `me/command/${command.id}/result`;
      Promise.resolve()
        .then(() => onCommand(command))
        .then(
          (result) => publish(topic, { ok: true, result }),
          (error: unknown) => publish(topic, { ok: false, error: { code: "failed", message: String(error) } }),
        )
        .catch(() => {});
    });
    await client.subscribeAsync("me/command/+", { qos: 1 });
    return {
      commands,
      closed,
      telemetry: (report) => publish("me/telemetry", report),
      profile: (profile) => publish("me/profile", profile),
      event: (name, report) => publish(`me/event/${name}`, report),
      applied: (revision) => publish("me/configuration/reported", { revision, state: "applied" }),
      close: async () => {
        await client.endAsync();
      },
    };
  };
}
