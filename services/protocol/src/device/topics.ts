/** MQTT topics of the native dialect. `me` is the connected device; a device has no access to topics of others. */
export const TOPICS = {
  telemetry: "me/telemetry",
  profile: "me/profile",
  eventPrefix: "me/event/",
  /** The filter that a device subscribes to for its commands. */
  commands: "me/command/+",
  /** The filter that a device subscribes to in order to learn which commands it should stop. */
  commandCancellations: "me/command/+/cancelled",
  command: (id: string): string => `me/command/${id}`,
  commandProgress: (id: string): string => `me/command/${id}/progress`,
  commandResult: (id: string): string => `me/command/${id}/result`,
  commandCancelled: (id: string): string => `me/command/${id}/cancelled`,
  /** The gateway sends the desired configuration on it. */
  configuration: "me/configuration/desired",
  configurationReported: "me/configuration/reported",
  certificateRenew: "me/certificate/renew",
  /** The gateway answers a renewal on it. */
  certificate: "me/certificate",
} as const;
