import { CATEGORIES, type Person } from "@fleetlog/domain";
import { readableCategories, scopeOf } from "@fleetlog/identity";
import type { OwnedDevices } from "../../access/devices.ts";
import { inScope } from "../../access/visible.ts";
import type { Entry } from "../streams/entry.ts";

export type IsVisible = (entry: Entry) => boolean;

/** Whether a person sees an event. Undefined if the person sees all. */
export function visibleTo(person: Person, devices: OwnedDevices): IsVisible | undefined {
  const categories = new Set(readableCategories(person));
  const isInScope = inScope(scopeOf(person, "history.read"), devices);
  if (isInScope === undefined && categories.size === CATEGORIES.length) return undefined;
  // `entry.event` parses the event, so it is read last.
  return (entry) => categories.has(entry.place.category) && (isInScope?.(entry.event, entry.place) ?? true);
}
