import { decodeToken, encodeToken } from "./ids.ts";

export const CATEGORIES = [
  "device",
  "session",
  "event",
  "command",
  "update",
  "provisioning",
  "rollout",
  "user",
  "gateway",
  "telemetry",
] as const;

export type Category = (typeof CATEGORIES)[number];

/** FLEET is kept; TELEMETRY is bounded by age and bytes. */
export type StreamName = "FLEET" | "TELEMETRY";

export function streamOf(category: Category): StreamName {
  return category === "telemetry" ? "TELEMETRY" : "FLEET";
}

export function isCategory(value: unknown): value is Category {
  return (CATEGORIES as readonly unknown[]).includes(value);
}

/** The log subject of one entity in one category: `fleet.<category>.<entity>`. */
export function subjectOf(category: Category, entity: string): string {
  return `fleet.${category}.${encodeToken(entity)}`;
}

export interface ParsedSubject {
  readonly category: Category;
  readonly entity: string;
}

/** The inverse of {@link subjectOf}; undefined for a subject that it never makes. */
export function parseSubject(subject: string): ParsedSubject | undefined {
  const [root, category, token, ...rest] = subject.split(".");
  if (root !== "fleet" || rest.length > 0 || token === undefined || !isCategory(category)) return undefined;
  const entity = decodeToken(token);
  return entity === undefined ? undefined : { category, entity };
}
