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
  /** To the device. */
  configuration: "me/configuration/desired",
  /** From the device. */
  configurationReported: "me/configuration/reported",
  /** From the device: asks for a new certificate. */
  certificateRenew: "me/certificate/renew",
  /** To the device: the answer to such a request. */
  certificate: "me/certificate",
} as const;
