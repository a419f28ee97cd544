/** MQTT topics of the native dialect. `me` is whoever is connected: there is no topic of another device. */
export const TOPICS = {
  telemetry: "me/telemetry",
  profile: "me/profile",
  eventPrefix: "me/event/",
  /** What a device subscribes to for its commands. */
  commands: "me/command/+",
  command: (id: string): string => `me/command/${id}`,
  commandResult: (id: string): string => `me/command/${id}/result`,
} as const;
