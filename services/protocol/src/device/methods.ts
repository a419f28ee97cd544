/** JSON-RPC methods of the native dialect (path `/device`). */
export const METHODS = {
  login: "rpc.login",
  subscribe: "rpc.on",
  unsubscribe: "rpc.off",
  telemetry: "telemetry.report",
  profile: "profile.report",
  event: "event.report",
  commandProgress: "command.progress",
  commandResult: "command.result",
  configurationReported: "configuration.reported",
  certificateRenew: "certificate.renew",
} as const;

/** The event that carries every command; a device may also subscribe to events with the names of commands. */
export const COMMAND_EVENT = "command";

/** The event that tells a device to stop a command. */
export const COMMAND_CANCELLED_EVENT = "command.cancelled";
/** The event that carries the desired configuration, to devices that have subscribed to it. */
export const CONFIGURATION_EVENT = "configuration.desired";

/** Where devices connect by WebSocket: JSON-RPC, and MQTT (subprotocol `mqtt`). */
export const DEVICE_PATH = "/device";
export const MQTT_PATH = "/mqtt";
