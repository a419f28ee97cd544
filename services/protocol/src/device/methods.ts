/** JSON-RPC methods of the native dialect (path `/device`). */
export const METHODS = {
  login: "rpc.login",
  subscribe: "rpc.on",
  unsubscribe: "rpc.off",
  telemetry: "telemetry.report",
  profile: "profile.report",
  event: "event.report",
  commandResult: "command.result",
} as const;

/** The event that carries commands to devices which did not subscribe to the command's own name. */
export const COMMAND_EVENT = "command";

/** Where devices connect by WebSocket: JSON-RPC, and MQTT (subprotocol `mqtt`). */
export const DEVICE_PATH = "/device";
export const MQTT_PATH = "/mqtt";
