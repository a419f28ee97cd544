import { typeOfDevice } from "@fleetlog/domain";
import type { DeviceTypeResource } from "@fleetlog/protocol";
import type { Reader } from "../../select/reader.ts";
import { DEFINED } from "../definition.ts";
import { DEVICES } from "../devices/relation.ts";
import type { Answer } from "../view.ts";
import type { DeviceTypeRow } from "./device-types.ts";
import { ofType, patternsOf, TYPES } from "./of-devices.ts";

const DEFAULT_LIMIT = 100;

export const listTypes: Answer<"types.list"> = (reader, { limit = DEFAULT_LIMIT, cursor }) =>
  reader.page(TYPES, { list: "types", filter: DEFINED, order: [{ column: "key" }], limit, cursor }, (names) =>
    typesOf(reader, names),
  );

export const getType: Answer<"types.get"> = (reader, { name }) => typesOf(reader, [name])[0] ?? null;

export const typeOf: Answer<"types.ofDevice"> = (reader, { id }) => {
  const picked = { type: "type", model: "model" };
  const [row] = reader.rows<{ type: string | null; model: string | null }>(DEVICES, [id], picked);
  const name = row === undefined ? undefined : typeOfDevice(row, patternsOf(reader));
  return name === undefined ? null : (typesOf(reader, [name])[0] ?? null);
};

function typesOf(reader: Reader, names: readonly string[]): DeviceTypeResource[] {
  const rows = reader.rows<{ name: string; row: string }>(TYPES, names, {
    name: "deviceTypes.key",
    row: "deviceTypes.row",
  });
  return rows.flatMap(({ name, row }) => {
    const { definition, changedAt, changedBy, seq } = JSON.parse(row) as DeviceTypeRow;
    if (definition === undefined) return [];
    const { commands, ...rest } = definition;
    const devices = reader.count(DEVICES, { and: [{ column: "retired", eq: 0 }, ofType(reader, name)] });
    return [{ name, ...rest, ...(commands && { commands: [...commands] }), devices, changedAt, changedBy, seq }];
  });
}
