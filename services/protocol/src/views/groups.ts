import Type, { type Static } from "typebox";
import { DEFINITION_NAME, DefinitionId, ListDefinitionsQuery } from "./device-types.ts";
import type { ViewSchema } from "./view.ts";

/** All filters must match. Without filters, the group has all devices. */
export const GroupFilter = Type.Object(
  {
    search: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    status: Type.Optional(Type.Enum(["connected", "disconnected", "never-connected"])),
    tag: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    model: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    firmware: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    type: Type.Optional(Type.String({ ...DEFINITION_NAME })),
    seenSince: Type.Optional(Type.String({ format: "date-time" })),
    notSeenSince: Type.Optional(Type.String({ format: "date-time" })),
  },
  { additionalProperties: false, description: "As the filters of the list of devices, by the same names" },
);
export type GroupFilter = Static<typeof GroupFilter>;

/** Filters of groups that can't have a default configuration: by them, devices join or leave a group as they connect. */
export const CONNECTION_FILTERS = ["status", "seenSince", "notSeenSince"] as const satisfies (keyof GroupFilter)[];

export const GroupBody = Type.Object(
  {
    description: Type.Optional(Type.String({ maxLength: 512 })),
    filter: GroupFilter,
    configuration: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: "Default configuration of the devices; not allowed with a filter by connection",
      }),
    ),
    priority: Type.Optional(
      Type.Integer({
        minimum: -1_000,
        maximum: 1_000,
        default: 0,
        description: "If several groups of a device set one value, the highest priority counts, then the last by name",
      }),
    ),
  },
  { additionalProperties: false },
);
export type GroupBody = Static<typeof GroupBody>;

export const GroupResource = Type.Object({
  name: Type.String(),
  account: Type.String({ description: "The group has devices of this account" }),
  ...GroupBody.properties,
  devices: Type.Integer({ description: "How many devices match now" }),
  changedAt: Type.String(),
  changedBy: Type.String(),
  seq: Type.Integer({ description: "Log sequence of its last change" }),
});
export type GroupResource = Static<typeof GroupResource>;

export const GroupPage = Type.Object({
  items: Type.Array(GroupResource),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer(),
});
export type GroupPage = Static<typeof GroupPage>;

export const groups = {
  queries: {
    /** By account and name. */
    "groups.list": { action: "group.read", params: ListDefinitionsQuery, result: GroupPage },
    /** Whether a device is in the group now; false if there is no such group. */
    "groups.member": {
      action: null,
      params: Type.Object({ name: Type.String(), account: Type.String(), device: Type.String() }),
      result: Type.Boolean(),
    },
    "groups.get": { action: "group.read", params: DefinitionId, result: Type.Union([GroupResource, Type.Null()]) },
  },
  topics: {
    groups: { action: "group.read", kind: "rows", projections: ["groups"], everyMs: 250 },
  },
} as const satisfies ViewSchema;
