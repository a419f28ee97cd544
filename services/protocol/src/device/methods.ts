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

/** The event that carries commands. For a command with another name, a device may also subscribe to that name. */
export const COMMAND_EVENT = "command";

export const COMMAND_CANCELLED_EVENT = "command.cancelled";
export const CONFIGURATION_EVENT = "configuration.desired";

/** JSON-RPC over WebSocket. */
export const DEVICE_PATH = "/device";
export const MQTT_PATH = "/mqtt";
