import {
  ACTIONS,
  type Action,
  FLEET,
  FleetError,
  isLimited,
  isWithin,
  type Principal,
  type Resource,
  type Scope,
} from "@fleetlog/domain";
import { MAY } from "./table.ts";

const EVERYTHING: Scope = {};

/**
 * Whether the principal may do that to the resource: the only place that says yes. Returns when it may.
 *
 * @throws FleetError `unauthenticated` for nobody that is known, `forbidden` for a role that may not, `device-unknown` for a
 * device that is out of the principal's scope, or another device's own: out of scope is answered like what does not exist
 */
export function authorize(principal: Principal, action: Action, resource: Resource): void {
  const may = MAY[action];
  switch (principal.kind) {
    case "part":
      return;
    case "anonymous":
      if (may.anybody) return;
      throw new FleetError("unauthenticated", "this needs somebody who is known");
    case "device":
      if (!may.device && !may.anybody) throw new FleetError("forbidden", `a device may not do this (${action})`);
      if (resource.kind === "device" && resource.id !== principal.id) throw unknownDevice(resource.id);
      return;
    case "person": {
      if (!may.anybody && !may.roles.includes(principal.role)) {
        throw new FleetError("forbidden", `the role ${principal.role} may not do this (${action})`, {
          advice: "Ask an administrator for a role that may.",
        });
      }
      const scope = principal.scope ?? EVERYTHING;
      if (resource.kind === "device" && isLimited(scope) && !isWithin(scope, resource))
        throw unknownDevice(resource.id);
      return;
    }
  }
}

/**
 * What lists, counts, feeds and history show the principal: a filter over devices' account and tags.
 * @throws FleetError as {@link authorize} does, where the action is not the principal's at all
 */
export function scopeOf(principal: Principal, action: Action): Scope {
  authorize(principal, action, FLEET);
  return principal.kind === "person" ? (principal.scope ?? EVERYTHING) : EVERYTHING;
}

/**
 * All that the principal may do, to itself or to what is in its scope: what a device may do is decided once, when its
 * session opens. Principals that may do the same get the same set.
 */
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
    authorize(principal, action, FLEET);
    return true;
  } catch {
    return false;
  }
}

/** Whether anybody may do it, without being known: nothing has to be looked up then. */
export function isOpen(action: Action): boolean {
  return MAY[action].anybody;
}

function unknownDevice(id: string): FleetError {
  return new FleetError("device-unknown", `there is no device ${id}`, { field: "id" });
}
