/** The roles from the fewest rights to the most. @fleetlog/identity decides what each may do. */
export const ROLES = ["viewer", "analyst", "operator", "owner", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** The actions, as `<subject>.<verb>`. Each route, method and topic names its action. */
export const ACTIONS = [
  // A device may do these, only for itself.
  "telemetry.report",
  "profile.report",
  "event.report",
  "command.receive",
  "command.progress",
  "command.answer",
  "configuration.receive",
  "configuration.report",
  "message.send",
  "certificate.renew",
  // A provisioning device may do these, only for its own request.
  "provision.ask",
  "provision.progress",
  "provision.receive",
  // People and programs may do these.
  "device.read",
  "device.register",
  "device.change",
  "device.retire",
  "device.rotate-token",
  "device.change-login",
  "waiting.read",
  "waiting.admit",
  "certificate.read",
  "certificate.issue",
  "certificate.revoke",
  "customer-authority.read",
  "customer-authority.manage",
  "authority.list",
  "authority.change",
  "command.read",
  "command.issue",
  "command.cancel",
  "configuration.set",
  "device-type.read",
  "device-type.change",
  "group.read",
  "group.change",
  "channel.read",
  "channel.change",
  "channel.test",
  "catalogue.read",
  "catalogue.change",
  "scan.read",
  "scan.start",
  "update.read",
  "artifact.read",
  "artifact.store",
  "artifact.delete",
  "import.read",
  "import.create",
  "provision-request.read",
  "provision-request.create",
  "provision-request.change",
  "enrolment-group.read",
  "enrolment-group.create",
  "enrolment-group.change",
  "claim-code.read",
  "claim-code.create",
  "claim-code.change",
  "claim.create",
  "system.read",
  "session.read",
  "device.move",
  "account.read",
  "account.manage",
  "audit.read",
  "history.read",
  "person.read",
  "person.manage",
  "api-key.read",
  "api-key.manage",
  // A person may do these, only for their own sign-ins and password.
  "session.change",
  // Anybody may do these: the answers contain no data of the fleet.
  "session.begin",
  "session.end",
  "health.read",
  "api.describe",
  "pages.read",
  "authority.read",
  // Anybody with the signed URL may do this.
  "artifact.download",
] as const;
export type Action = (typeof ACTIONS)[number];

/** Limits a principal to some devices. An absent field sets no limit; an empty list admits no device. */
export interface Scope {
  readonly accounts?: readonly string[];
  readonly tags?: readonly string[];
}

export interface Person {
  readonly kind: "person";
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** The account of everything that the person creates; default `main`. */
  readonly account?: string;
  /** Default: every device. */
  readonly scope?: Scope;
  /** Set for an API key: `id` and `name` of the principal are then those of the key. */
  readonly apiKey?: {
    /** Id of the key's author. */
    readonly owner: string;
    /** When the key ends, in milliseconds since 1970. */
    readonly until?: number;
  };
}

export type Principal =
  | Person
  | { readonly kind: "device"; readonly id: string }
  /** A device during its provisioning. `id` is, for example, the id of its provision request. */
  | { readonly kind: "provisioning"; readonly id: string }
  | { readonly kind: "part"; readonly name: string }
  | { readonly kind: "anonymous" };

export const ANONYMOUS: Principal = { kind: "anonymous" };

/**
 * The object of an action. A scope with limits ({@link isLimited}) needs a device's current `account` and `tags`, and
 * excludes a device without them.
 */
export type Resource =
  | { readonly kind: "device"; readonly id: string; readonly account?: string; readonly tags?: readonly string[] }
  | { readonly kind: "account"; readonly id: string }
  /** A list that is filtered by the scope, or something of the whole installation. */
  | { readonly kind: "fleet" };

export const WHOLE_FLEET: Resource = { kind: "fleet" };

export function isLimited(scope: Scope): boolean {
  return scope.accounts !== undefined || scope.tags !== undefined;
}

export function isWithin({ accounts, tags }: Scope, device: { account?: string; tags?: readonly string[] }): boolean {
  if (accounts !== undefined && (device.account === undefined || !accounts.includes(device.account))) return false;
  return tags === undefined || (device.tags?.some((tag) => tags.includes(tag)) ?? false);
}
