import {
  type Action,
  accountOf,
  CATEGORIES,
  type Category,
  DEVICE_CATEGORIES,
  isLimited,
  isWithin,
  type Person,
} from "@fleetlog/domain";
import { actionsOf, scopeOf } from "@fleetlog/identity";
import type { Entry } from "../streams/record.ts";
import type { OwnedDevices } from "./devices.ts";

/** What is needed to see the events of a category, beside `history.read`. */
const ACTIONS: Readonly<Record<Category, Action>> = {
  device: "device.read",
  session: "device.read",
  event: "device.read",
  command: "command.read",
  update: "device.read",
  configuration: "device.read",
  alarm: "device.read",
  telemetry: "device.read",
  provisioning: "provision-request.read",
  rollout: "provision-request.read",
  artifact: "artifact.read",
  person: "person.read",
  account: "account.read",
  type: "device-type.read",
  group: "group.read",
  catalogue: "catalogue.read",
  scan: "scan.read",
  gateway: "system.read",
  channel: "channel.read",
  access: "audit.read",
  delivery: "channel.read",
};
const OF_DEVICES: ReadonlySet<Category> = new Set(DEVICE_CATEGORIES);
/** Their events belong to no account. */
const OF_INSTALLATION: ReadonlySet<Category> = new Set(["gateway", "access", "delivery"]);

export type IsVisible = (entry: Entry) => boolean;

/**
 * Whether a person sees an event. Events of devices are judged by the device's account and tags of today, others by
 * their own account. Undefined if the person sees all.
 */
export function visibleTo(person: Person, devices: OwnedDevices): IsVisible | undefined {
  const actions = actionsOf(person);
  const categories = new Set(CATEGORIES.filter((category) => actions.has(ACTIONS[category])));
  const scope = scopeOf(person, "history.read");
  const limited = isLimited(scope);
  if (!limited && categories.size === CATEGORIES.length) return undefined;
  return ({ event, place: { category, entity } }) => {
    if (!categories.has(category)) return false;
    if (!limited) return true;
    if (!OF_DEVICES.has(category)) {
      if (scope.tags !== undefined || OF_INSTALLATION.has(category)) return false;
      return scope.accounts?.includes(accountOf(event)) ?? true;
    }
    const device = devices.get(entity);
    if (device === undefined || !isWithin(scope, device)) return false;
    if (scope.accounts === undefined || device.historyFrom === undefined) return true;
    return event.stream === "FLEET" ? event.seq >= device.historyFrom : accountOf(event) === device.account;
  };
}
