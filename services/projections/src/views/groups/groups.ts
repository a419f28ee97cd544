import { type Group, groupEvents, isEventOf } from "@fleetlog/domain";
import type { Projection } from "../../projection.ts";
import { type DefinitionRow, defined, definitionRow } from "../definition.ts";

export type GroupRow = DefinitionRow<Group>;

export const groups: Projection<GroupRow> = {
  name: "groups",
  version: 1,
  categories: ["group"],
  belongs: "shared",

  touches: (event) => (isEventOf(groupEvents, event) ? { key: event.data.name } : undefined),

  evolve: (row, event) => (isEventOf(groupEvents, event) ? definitionRow(event, event.data) : row),

  columns: [
    defined.column,
    {
      name: "configured",
      type: "integer",
      of: ({ definition }) => (definition?.configuration === undefined ? 0 : 1),
    },
  ],
  indexes: [defined.index, { on: ["configured", "key"] }],
};
