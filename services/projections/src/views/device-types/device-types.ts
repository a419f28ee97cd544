import { type DeviceType, definitionEntity, deviceTypeEvents, isEventOf } from "@fleetlog/domain";
import type { Projection } from "../../projection.ts";
import { DEFINITIONS, type DefinitionRow, definitionRow } from "../definition.ts";

export type DeviceTypeRow = DefinitionRow<DeviceType>;

export const deviceTypes: Projection<DeviceTypeRow> = {
  ...DEFINITIONS,
  name: "deviceTypes",
  version: 2,
  categories: ["type"],

  touches: (event) => (isEventOf(deviceTypeEvents, event) ? { key: definitionEntity(event.data) } : undefined),

  evolve: (row, event) => (isEventOf(deviceTypeEvents, event) ? definitionRow(event, event.data) : row),

  columns: [
    ...DEFINITIONS.columns,
    { name: "pattern", type: "text", of: ({ definition }) => definition?.model ?? null },
  ],
};
