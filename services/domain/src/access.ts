/** What each role of a person may do is decided in @fleetlog/identity. From the least to the most. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/**
 * Everything that somebody can do, `<subject>.<verb>`. Each HTTP route, JSON-RPC method, MQTT topic and topic of the live
 * feed names one of these in its own definition.
 */
export const ACTIONS = [
  // Of devices, each for itself.
  "telemetry.report",
  "profile.report",
  "event.report",
  "command.receive",
  "command.answer",
  // Of people and programs.
  "device.read",
  "device.register",
  "device.change",
  "device.retire",
  "device.rotate-token",
  "command.read",
  "command.issue",
  "command.cancel",
  "system.read",
  "session.read",
  // Of anybody: nothing of the fleet is in the answer.
  "session.begin",
  "session.end",
  "health.read",
  "api.describe",
  "pages.read",
] as const;
export type Action = (typeof ACTIONS)[number];

/** What a principal is limited to; an empty one is limited to nothing. */
export interface Scope {
  /** Devices of these accounts only. */
  readonly accounts?: readonly string[];
  /** Devices that have at least one of these tags. */
  readonly tags?: readonly string[];
}

/** Somebody who is signed in, or whose token a program shows. */
export interface Person {
  readonly kind: "person";
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Unless given, everything. */
  readonly scope?: Scope;
}

/** Who acts. */
export type Principal =
  | Person
  | { readonly kind: "device"; readonly id: string }
  /** A part of Fleetlog itself: a gateway, a reaction. */
  | { readonly kind: "part"; readonly name: string }
  /** Nobody that is known. */
  | { readonly kind: "anonymous" };

export const ANONYMOUS: Principal = { kind: "anonymous" };

/**
 * What is acted on. `account` and `tags` are those of today; they are needed only where the principal is limited
 * ({@link isLimited}), and a resource without them is then out of its scope.
 */
export type Resource =
  | { readonly kind: "device"; readonly id: string; readonly account?: string; readonly tags?: readonly string[] }
  /** No device in particular: a list, which the scope filters, or what belongs to the installation. */
  | { readonly kind: "fleet" };

export const WHOLE_FLEET: Resource = { kind: "fleet" };

export function isLimited(scope: Scope): boolean {
  return scope.accounts !== undefined || scope.tags !== undefined;
}

/** Whether a device of that account with those tags is within the scope. */
export function isWithin({ accounts, tags }: Scope, device: { account?: string; tags?: readonly string[] }): boolean {
  if (accounts !== undefined && (device.account === undefined || !accounts.includes(device.account))) return false;
  return tags === undefined || (device.tags?.some((tag) => tags.includes(tag)) ?? false);
}
