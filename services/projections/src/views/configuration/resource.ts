import { configurationDecider, differencesOf, sourcesOf } from "@fleetlog/domain";
import type { ConfigurationResource } from "@fleetlog/protocol";
import type { Reader } from "../../select/reader.ts";
import { DEVICES } from "../devices/relation.ts";
import type { Answer } from "../view.ts";
import { type ConfigurationRow, configurations } from "./configurations.ts";

export const CONFIGURATIONS = { tables: [configurations] };

export const getConfiguration: Answer<"configuration.get"> = (reader, { id }) => {
  const [known] = reader.rows(DEVICES, [id], { id: "registry.key" });
  return known === undefined ? null : configurationOf(reader, id);
};

/** Revision 0 if no configuration was ever set. */
export function configurationOf(reader: Reader, id: string): ConfigurationResource {
  const [device] = reader.rows<{ from: number }>(DEVICES, [id], { from: "configuredFrom" });
  const row = rowsOf(reader, [id]).get(id);
  return resource(row === undefined ? undefined : visibleFrom(row, device?.from ?? 0));
}

export function rowsOf(reader: Reader, ids: readonly string[]): ReadonlyMap<string, ConfigurationRow> {
  const picked = { id: "configurations.key", row: "configurations.row" };
  const rows = reader.rows<{ id: string; row: string }>(CONFIGURATIONS, ids, picked);
  return new Map(rows.map(({ id, row }) => [id, JSON.parse(row) as ConfigurationRow]));
}

/**
 * Hides everything before a sequence, except the count of revisions. What is older belongs to an earlier device of this id, or
 * to the account that kept the history.
 */
function visibleFrom({ valuesInUse, ...row }: ConfigurationRow, from: number): ConfigurationRow {
  const { reported, ...state } =
    row.setSeq < from ? { ...configurationDecider.initial, revision: row.state.revision } : row.state;
  if (row.reportedSeq < from || reported === undefined) return { ...row, state };
  return { ...row, state: { ...state, reported }, ...(valuesInUse && { valuesInUse }) };
}

function resource(row: ConfigurationRow | undefined): ConfigurationResource {
  const { state, valuesInUse } = row ?? { state: configurationDecider.initial, valuesInUse: undefined };
  const { revision, values, own, defaults, reported, setAt, setBy, reason, restored } = state;
  const difference = differencesOf(values, valuesInUse ?? {}).map(({ path, ...sides }) => ({
    path,
    ...("left" in sides && { desired: sides.left }),
    ...("right" in sides && { reported: sides.right }),
  }));
  return {
    desired: values,
    reported:
      reported === undefined
        ? null
        : ({ ...reported, ...(valuesInUse && { values: valuesInUse }) } as NonNullable<
            ConfigurationResource["reported"]
          >),
    revision,
    difference,
    own,
    defaults: [...defaults],
    sources: sourcesOf({ values, own, defaults }),
    ...(setAt !== undefined && { setAt }),
    ...(setBy !== undefined && { setBy }),
    ...(reason !== undefined && { reason }),
    ...(restored !== undefined && { restored }),
  };
}
