import { type Defined, type DefinitionState, type Deleted, definitionDecider } from "./definition.ts";
import type { EventTypes } from "./envelope.ts";
import type { JsonObject } from "./json.ts";

export interface Group {
  readonly description?: string;
  /** The filters by name, such as `{"tag":"roof"}`. All must match. */
  readonly filter: Readonly<Record<string, string>>;
  readonly configuration?: JsonObject;
  /** If a device's groups set the same value, the highest priority counts, then the last name. Default 0. */
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

export const groupEvents: EventTypes<GroupEvent> = { GroupDefined: "group", GroupDeleted: "group" };

export type GroupState = DefinitionState<Group>;

// Decisions

export const groupDecider = definitionDecider<Group, GroupEvent>("GroupDefined", "GroupDeleted");

/** Sorts the groups in the order of merging: later groups override earlier ones. */
export function byPriority(
  a: { readonly name: string; readonly priority?: number | undefined },
  b: { readonly name: string; readonly priority?: number | undefined },
): number {
  return (a.priority ?? 0) - (b.priority ?? 0) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}
