export const TOPICS = {
  telemetry: "me/telemetry",
  profile: "me/profile",
  eventPrefix: "me/event/",
  commands: "me/command/+",
  commandCancellations: "me/command/+/cancelled",
  command: (id: string): string => `me/command/${id}`,
  commandProgress: (id: string): string => `me/command/${id}/progress`,
  commandResult: (id: string): string => `me/command/${id}/result`,
  commandCancelled: (id: string): string => `me/command/${id}/cancelled`,
  /** Messages to the device. */
  configuration: "me/configuration/desired",
  configurationReported: "me/configuration/reported",
  certificateRenew: "me/certificate/renew",
  /** Answer to a renewal. */
  certificate: "me/certificate",
} as const;
