import { definitionEntity } from "@fleetlog/domain";
import type { DeviceTypeResource } from "@fleetlog/protocol";
import type { Reader } from "../../select/reader.ts";
import { DEFINITION_ORDER, definedAs } from "../definition.ts";
import { DEVICES } from "../devices/relation.ts";
import type { Answer } from "../view.ts";
import type { DeviceTypeRow } from "./device-types.ts";
import { AccountTypes, ofType, TYPES } from "./of-devices.ts";

const DEFAULT_LIMIT = 100;

export const listTypes: Answer<"types.list"> = (reader, { account, limit = DEFAULT_LIMIT, cursor }) =>
  reader.page(
    TYPES,
    { list: "types", filter: definedAs({ ...(account && { account }) }), order: DEFINITION_ORDER, limit, cursor },
    (keys) => typesOf(reader, keys),
  );

export const getType: Answer<"types.get"> = (reader, id) => typesOf(reader, [definitionEntity(id)])[0] ?? null;

export const typeOf: Answer<"types.ofDevice"> = (reader, { id }) => {
  const picked = { account: "account", type: "type", model: "model" };
  const [device] = reader.rows<{ account: string; type: string | null; model: string | null }>(DEVICES, [id], picked);
  const name = device === undefined ? undefined : new AccountTypes(reader).of(device);
  if (device === undefined || name === undefined) return null;
  return typesOf(reader, [definitionEntity({ account: device.account, name })])[0] ?? null;
};

function typesOf(reader: Reader, keys: readonly string[]): DeviceTypeResource[] {
  return reader.rows<{ row: string }>(TYPES, keys, { row: "deviceTypes.row" }).flatMap(({ row }) => {
    const { name, account, definition, changedAt, changedBy, seq } = JSON.parse(row) as DeviceTypeRow;
    if (definition === undefined) return [];
    const { commands, ...rest } = definition;
    const devices = reader.count(DEVICES, { and: [{ column: "retired", eq: 0 }, ofType(reader, account, name)] });
    return [
      { name, account, ...rest, ...(commands && { commands: [...commands] }), devices, changedAt, changedBy, seq },
    ];
  });
}
