import { decodeToken, encodeToken } from "./ids.ts";

export const CATEGORIES = [
  "device",
  "session",
  "event",
  "command",
  "update",
  "configuration",
  "alarm",
  "provisioning",
  "rollout",
  "artifact",
  "person",
  "account",
  "type",
  "group",
  "gateway",
  "channel",
  "catalogue",
  "scan",
  "telemetry",
  "access",
  "delivery",
] as const;

export type Category = (typeof CATEGORIES)[number];

/**
 * A device's history. Only in these categories is the entity a device; a gateway, an account or a rollout may have a
 * device's id.
 */
export const DEVICE_CATEGORIES = [
  "device",
  "session",
  "event",
  "command",
  "update",
  "configuration",
  "alarm",
  "telemetry",
] as const satisfies readonly Category[];

export type DeviceCategory = (typeof DEVICE_CATEGORIES)[number];

/** FLEET keeps all events; the others are bounded by age and bytes. */
export type StreamName = "FLEET" | "TELEMETRY" | "ACCESS" | "DELIVERY";

export function streamOf(category: Category): StreamName {
  switch (category) {
    case "telemetry":
      return "TELEMETRY";
    case "access":
      return "ACCESS";
    case "delivery":
      return "DELIVERY";
    default:
      return "FLEET";
  }
}

const known: ReadonlySet<unknown> = new Set(CATEGORIES);

export function isCategory(value: unknown): value is Category {
  return known.has(value);
}

export function subjectOf(category: Category, entity: string): string {
  return `fleet.${category}.${encodeToken(entity)}`;
}

export interface ParsedSubject {
  readonly category: Category;
  readonly entity: string;
}

const ROOT = "fleet.";

/** Undefined for subjects that {@link subjectOf} never makes. */
export function parseSubject(subject: string): ParsedSubject | undefined {
  if (!subject.startsWith(ROOT)) return undefined;
  const dot = subject.indexOf(".", ROOT.length);
  const category = subject.slice(ROOT.length, dot);
  if (dot === -1 || !isCategory(category)) return undefined;
  // A token has no dot.
  const entity = decodeToken(subject.slice(dot + 1));
  return entity === undefined ? undefined : { category, entity };
}
