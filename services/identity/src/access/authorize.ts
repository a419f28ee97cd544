import {
  ACTIONS,
  type Action,
  FleetError,
  isLimited,
  isWithin,
  type Principal,
  type Resource,
  type Scope,
  unknownAccount,
  WHOLE_FLEET,
} from "@fleetlog/domain";
import { PERMISSIONS } from "./table.ts";

const EVERYTHING: Scope = {};

/**
 * Throws unless the principal may do the action on the resource. This is the only place that grants access.
 * @throws FleetError `unauthenticated` for an anonymous principal; `forbidden` without the permission;
 * `device-unknown` or `account-unknown` outside the person's scope; `device-unknown` if a device names another device
 */
export function authorize(principal: Principal, action: Action, resource: Resource): void {
  const permission = PERMISSIONS[action];
  switch (principal.kind) {
    case "part":
      return;
    case "anonymous":
      if (permission.anyone) return;
      throw new FleetError("unauthenticated", "authentication is needed");
    case "device":
      if (!permission.device && !permission.anyone)
        throw new FleetError("forbidden", `a device may not do this (${action})`);
      if (resource.kind === "device" && resource.id !== principal.id) throw unknownDevice(resource.id);
      return;
    case "provisioning":
      if (permission.provisioning === true || permission.anyone) return;
      throw new FleetError("forbidden", `a provisioning device may not do this (${action})`);
    case "person": {
      if (!permission.anyone && !permission.roles.includes(principal.role)) {
        throw new FleetError("forbidden", `the role ${principal.role} may not do this (${action})`, {
          advice: "Ask an administrator for a role that may.",
        });
      }
      const scope = principal.scope ?? EVERYTHING;
      if (resource.kind === "device" && isLimited(scope) && !isWithin(scope, resource))
        throw unknownDevice(resource.id);
      if (resource.kind === "account" && scope.accounts?.includes(resource.id) === false)
        throw unknownAccount(resource.id);
      return;
    }
  }
}

/**
 * The principal's scope as a filter, by account and tags of devices, for lists, counts, feeds and histories.
 * @throws FleetError as {@link authorize} does, if the principal may not do the action at all
 */
export function scopeOf(principal: Principal, action: Action): Scope {
  authorize(principal, action, WHOLE_FLEET);
  return principal.kind === "person" ? (principal.scope ?? EVERYTHING) : EVERYTHING;
}

/** Principals with the same rights share one set. */
export function actionsOf(principal: Principal): ReadonlySet<Action> {
  const key = principal.kind === "person" ? principal.role : principal.kind;
  const known = decided.get(key);
  if (known !== undefined) return known;
  const actions = new Set(ACTIONS.filter((action) => mayAtAll(principal, action)));
  decided.set(key, actions);
  return actions;
}

const decided = new Map<string, ReadonlySet<Action>>();

function mayAtAll(principal: Principal, action: Action): boolean {
  try {
    authorize(principal, action, WHOLE_FLEET);
    return true;
  } catch {
    return false;
  }
}

export function isPublic(action: Action): boolean {
  return PERMISSIONS[action].anyone;
}

function unknownDevice(id: string): FleetError {
  return new FleetError("device-unknown", `there is no device ${id}`, { field: "id" });
}
