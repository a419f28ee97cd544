import { type DeviceType, deviceTypeEvents, isEventOf } from "@fleetlog/domain";
import type { Projection } from "../../projection.ts";
import { type DefinitionRow, defined, definitionRow } from "../definition.ts";

export type DeviceTypeRow = DefinitionRow<DeviceType>;

export const deviceTypes: Projection<DeviceTypeRow> = {
  name: "deviceTypes",
  version: 1,
  categories: ["type"],
  belongs: "shared",

  touches: (event) => (isEventOf(deviceTypeEvents, event) ? { key: event.data.name } : undefined),

  evolve: (row, event) => (isEventOf(deviceTypeEvents, event) ? definitionRow(event, event.data) : row),

  columns: [defined.column, { name: "pattern", type: "text", of: ({ definition }) => definition?.model ?? null }],
  indexes: [defined.index],
};
