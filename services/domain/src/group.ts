import { type Defined, type DefinitionState, type Deleted, definitionDecider } from "./definition.ts";
import type { EventTypes } from "./envelope.ts";
import type { JsonObject } from "./json.ts";

/** A saved filter of the fleet list: its devices are those that match it now. */
export interface Group {
  readonly description?: string;
  /** Filters of the fleet list by name, such as `{"tag":"roof"}`. All must match. */
  readonly filter: Readonly<Record<string, string>>;
  /** Default configuration of its devices. */
  readonly configuration?: JsonObject;
  /** Of several groups of a device, the one with the highest priority counts, then the last by name. Default 0. */
  readonly priority?: number;
}

// Events

export interface GroupDefined {
  readonly type: "GroupDefined";
  readonly data: Defined<Group>;
}
export interface GroupDeleted {
  readonly type: "GroupDeleted";
  readonly data: Deleted;
}
export type GroupEvent = GroupDefined | GroupDeleted;

/** The category in which each event type is stored. */
export const groupEvents: EventTypes<GroupEvent> = { GroupDefined: "group", GroupDeleted: "group" };

export type GroupState = DefinitionState<Group>;

// Decisions

export const group = definitionDecider<Group, GroupEvent>("GroupDefined", "GroupDeleted");

/** Compares groups in the order in which their defaults are merged: the later one counts. */
export function byPriority(
  a: { readonly name: string; readonly priority?: number | undefined },
  b: { readonly name: string; readonly priority?: number | undefined },
): number {
  return (a.priority ?? 0) - (b.priority ?? 0) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}
