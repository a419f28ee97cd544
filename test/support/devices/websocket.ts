import type { CommandMessage } from "@fleetlog/protocol";
import { Client } from "rpc-websockets";
import { onceOf } from "../once.ts";
import type { ConnectDevice } from "./device.ts";

export const connectWebSocketDevice: ConnectDevice = async ({ httpPort, device, token, onCommand }) => {
  const client = new Client(`ws://127.0.0.1:${httpPort}/device`, { reconnect: false });
  const commands: CommandMessage[] = [];
  const closed = onceOf(client, "close");
  client.on("command", (command: CommandMessage) => {
    commands.push(command);
    if (onCommand !== undefined) void answer(command, onCommand);
  });
  async function answer({ id, ...rest }: CommandMessage, handler: (command: CommandMessage) => unknown): Promise<void> {
    try {
      await client.call("command.result", { id, ok: true, result: await handler({ id, ...rest }) });
    } catch (error) {
      await client.call("command.result", { id, ok: false, error: { code: "failed", message: String(error) } });
    }
  }
  await onceOf(client, "open");
  await client.call("rpc.login", { device, token });
  return {
    commands,
    closed,
    telemetry: (report) => client.call("telemetry.report", report as object),
    profile: (profile) => client.call("profile.report", profile as object),
    event: (name, report) => client.call("event.report", { name, ...report }),
    applied: (revision) => client.call("configuration.reported", { revision, state: "applied" }),
    close: async () => {
      client.close(1000);
      await closed;
    },
  };
};
