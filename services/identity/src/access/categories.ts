import { type Action, CATEGORIES, type Category, type Principal } from "@fleetlog/domain";
import { actionsOf } from "./authorize.ts";

/** The right that is needed to read the events of a category, in addition to `history.read`. */
export const CATEGORY_ACTIONS: Readonly<Record<Category, Action>> = {
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

/** The categories whose events the principal may read, within its scope. */
export function readableCategories(principal: Principal): readonly Category[] {
  const actions = actionsOf(principal);
  return CATEGORIES.filter((category) => actions.has(CATEGORY_ACTIONS[category]));
}
