import { definitionEntity, type Group, groupEvents, isEventOf } from "@fleetlog/domain";
import type { Projection } from "../../projection.ts";
import { DEFINITIONS, type DefinitionRow, definitionRow } from "../definition.ts";

export type GroupRow = DefinitionRow<Group>;

export const groups: Projection<GroupRow> = {
  ...DEFINITIONS,
  name: "groups",
  version: 2,
  categories: ["group"],

  touches: (event) => (isEventOf(groupEvents, event) ? { key: definitionEntity(event.data) } : undefined),

  evolve: (row, event) => (isEventOf(groupEvents, event) ? definitionRow(event, event.data) : row),

  columns: [
    ...DEFINITIONS.columns,
    {
      name: "configured",
      type: "integer",
      of: ({ definition }) => (definition?.configuration === undefined ? 0 : 1),
    },
  ],
  indexes: [...DEFINITIONS.indexes, { on: ["configured", "account", "key"] }],
};
