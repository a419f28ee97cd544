import { type Action, FleetError } from "@fleetlog/domain";
import { scopeOf } from "@fleetlog/identity";
import type { Caller } from "../caller.ts";

/**
 * A device must have one of the tags that the caller is limited to. Without them, the caller could not reach the
 * device.
 * @throws FleetError `forbidden` naming the field
 */
export function mustHaveOwnTag({ principal }: Caller, action: Action, tags: readonly string[], field = "tags"): void {
  const own = scopeOf(principal, action).tags;
  if (own === undefined || tags.some((tag) => own.includes(tag))) return;
  throw new FleetError("forbidden", "the device would have none of the tags that your access is limited to", {
    field,
    advice: own.length === 0 ? "Ask an administrator for a tag." : `Give it one of these tags: ${own.join(", ")}.`,
  });
}
