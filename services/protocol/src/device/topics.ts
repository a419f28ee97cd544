/** MQTT topics of the native dialect. `me` is the connected device; a device has no access to topics of others. */
export const TOPICS = {
  telemetry: "me/telemetry",
  profile: "me/profile",
  eventPrefix: "me/event/",
  /** The filter that a device subscribes to for its commands. */
  commands: "me/command/+",
  command: (id: string): string => `me/command/${id}`,
  commandResult: (id: string): string => `me/command/${id}/result`,
} as const;
