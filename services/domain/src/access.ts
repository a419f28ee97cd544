/** Roles of a person, from the fewest rights to the most. @fleetlog/identity decides what each role may do. */
export const ROLES = ["viewer", "analyst", "operator", "owner", "admin"] as const;
export type Role = (typeof ROLES)[number];

/**
 * All actions, as `<subject>.<verb>`. Each HTTP route, JSON-RPC method, MQTT topic and topic of the live feed names its
 * action in its own definition.
 */
export const ACTIONS = [
  // Actions of a device, on itself only.
  "telemetry.report",
  "profile.report",
  "event.report",
  "command.receive",
  "command.progress",
  "command.answer",
  "configuration.receive",
  "configuration.report",
  "certificate.renew",
  // Actions of a provisioning device, on its own request only.
  "provision.ask",
  "provision.progress",
  "provision.receive",
  // Actions of people and programs.
  "device.read",
  "device.register",
  "device.change",
  "device.retire",
  "device.rotate-token",
  "certificate.read",
  "certificate.issue",
  "certificate.revoke",
  "command.read",
  "command.issue",
  "command.cancel",
  "configuration.set",
  "device-type.read",
  "device-type.change",
  "group.read",
  "group.change",
  "artifact.read",
  "artifact.store",
  "artifact.delete",
  "import.read",
  "import.create",
  "provision-request.read",
  "provision-request.create",
  "provision-request.change",
  "system.read",
  "session.read",
  "device.move",
  "account.read",
  "account.manage",
  "audit.read",
  "person.read",
  "person.manage",
  "api-key.read",
  "api-key.manage",
  // Actions of a person on their own sign-ins and password.
  "session.change",
  // Actions of anybody: the answers contain no data of the fleet.
  "session.begin",
  "session.end",
  "health.read",
  "api.describe",
  "pages.read",
  // The signature in the address authorizes.
  "artifact.download",
  "authority.read",
] as const;
export type Action = (typeof ACTIONS)[number];

/** Limits a principal to some devices. A field that is absent sets no limit; an empty list admits no device. */
export interface Scope {
  /** Devices of these accounts only. */
  readonly accounts?: readonly string[];
  /** Devices that have at least one of these tags. */
  readonly tags?: readonly string[];
}

/** A person who is signed in, or whose token a program presents. */
export interface Person {
  readonly kind: "person";
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Owns what the person creates; default `main`. */
  readonly account?: string;
  /** Default: every device. */
  readonly scope?: Scope;
  /** Set if it is an API key; `id` and `name` are the key's then. */
  readonly apiKey?: {
    /** Id of the person who made it. */
    readonly owner: string;
    /** When it ends, in milliseconds since 1970. */
    readonly until?: number;
  };
}

/** Who acts. */
export type Principal =
  | Person
  | { readonly kind: "device"; readonly id: string }
  /** A device that is let in only to be provisioned. `id` names what let it in, such as its provision request. */
  | { readonly kind: "provisioning"; readonly id: string }
  /** A part of Fleetlog itself: a gateway, a reaction. */
  | { readonly kind: "part"; readonly name: string }
  /** A client that is not authenticated. */
  | { readonly kind: "anonymous" };

export const ANONYMOUS: Principal = { kind: "anonymous" };

/**
 * What an action is performed on. `account` and `tags` are the device's current ones. They are needed only if the
 * principal's scope has limits ({@link isLimited}): a device without them is then outside the scope.
 */
export type Resource =
  | { readonly kind: "device"; readonly id: string; readonly account?: string; readonly tags?: readonly string[] }
  | { readonly kind: "account"; readonly id: string }
  /** No particular device: a list that the scope filters, or something that belongs to the whole installation. */
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
