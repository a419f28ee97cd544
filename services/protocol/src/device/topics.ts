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

export type NativeTopic =
  | { readonly kind: "telemetry" }
  | { readonly kind: "profile" }
  | { readonly kind: "event"; readonly name: string }
  | { readonly kind: "command-result"; readonly id: string };

/** What a device may publish on; undefined for every other topic. */
export function parseTopic(topic: string): NativeTopic | undefined {
  const [root, kind, name, last, ...rest] = topic.split("/");
  if (root !== "me" || rest.length > 0) return undefined;
  if (name === undefined) return kind === "telemetry" || kind === "profile" ? { kind } : undefined;
  if (kind === "event" && last === undefined && name !== "") return { kind: "event", name };
  if (kind === "command" && last === "result" && name !== "") return { kind: "command-result", id: name };
  return undefined;
}
