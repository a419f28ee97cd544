import {
  accountOf,
  type Catalogue,
  type CatalogueFailure,
  catalogueEvents,
  type DeviceScanned,
  definitionEntity,
  isEventOf,
  NOT_ASKED,
  type Recorded,
} from "@fleetlog/domain";
import type { CatalogueResource } from "@fleetlog/protocol";
import type { Projection } from "../../projection.ts";
import type { Reader } from "../../select/reader.ts";
import { DEFINITION_ORDER, DEFINITIONS, type DefinitionRow, definedAs, definitionRow } from "../definition.ts";
import type { Answer } from "../view.ts";

interface CatalogueRow extends DefinitionRow<Catalogue> {
  /** Log sequence of the definition's last change. Scans change only `seq`. */
  readonly changedSeq: number;
  readonly answeredAt?: string;
  /** The catalogue's last failure. Removed by a later answer about the same model. */
  readonly failure?: Omit<CatalogueFailure, "catalogue"> & { readonly model?: string };
}

export const catalogues: Projection<CatalogueRow> = {
  ...DEFINITIONS,
  name: "catalogues",
  version: 1,
  categories: ["catalogue", "update"],

  foundBy: ["account"],
  touches(event) {
    if (event.type === "DeviceScanned") return { column: "account", value: accountOf(event) };
    return isEventOf(catalogueEvents, event) ? { key: definitionEntity(event.data) } : undefined;
  },

  evolve(row, event) {
    if (event.type === "DeviceScanned") return row && afterScan(row, event);
    return isEventOf(catalogueEvents, event) ? { ...definitionRow(event, event.data), changedSeq: event.seq } : row;
  },
};

function afterScan(row: CatalogueRow, { seq, time, data }: Recorded<DeviceScanned>): CatalogueRow {
  const { name, definition, failure: before } = row;
  const { updates, failures, model, only } = data;
  if (definition === undefined || only?.includes(name) === false) return row;
  const failed = failures.filter(({ catalogue }) => catalogue === name).at(-1);
  if (failed !== undefined) {
    const isNew = before === undefined || failed.askedAt > before.askedAt;
    // After repeated failures a catalogue is not asked. The row keeps the last failure of a request, because that has
    // the reason.
    if (!isNew || (before !== undefined && failed.reason.startsWith(NOT_ASKED))) return row;
    const { catalogue: _, ...failure } = failed;
    return { ...row, seq, failure: { ...failure, ...(model !== undefined && { model }) } };
  }
  const answered = updates.find(({ catalogue }) => catalogue === name)?.askedAt;
  const isMended = before !== undefined && before.model === model && (answered ?? time) > before.askedAt;
  const { failure: _, ...mended } = row;
  const next = isMended ? mended : row;
  const answeredAt = answered ?? (isMended ? time : undefined);
  if (answeredAt === undefined || answeredAt <= (row.answeredAt ?? "")) return isMended ? { ...next, seq } : row;
  return { ...next, seq, answeredAt };
}

const DEFAULT_LIMIT = 100;
const CATALOGUES = { tables: [catalogues] };

export const listCatalogues: Answer<"catalogues.list"> = (reader, { account, limit = DEFAULT_LIMIT, cursor }) =>
  reader.page(
    CATALOGUES,
    { list: "catalogues", filter: definedAs({ ...(account && { account }) }), order: DEFINITION_ORDER, limit, cursor },
    (keys) => resourcesOf(reader, keys),
  );

export const getCatalogue: Answer<"catalogues.get"> = (reader, id) =>
  resourcesOf(reader, [definitionEntity(id)])[0] ?? null;

function resourcesOf(reader: Reader, keys: readonly string[]): CatalogueResource[] {
  const rows = reader.rows<{ row: string }>(CATALOGUES, keys, { row: "catalogues.row" });
  return rows.flatMap(({ row }) => {
    const { name, account, definition, changedAt, changedBy, changedSeq: seq } = JSON.parse(row) as CatalogueRow;
    if (definition === undefined) return [];
    const { key, models, ...shown } = definition;
    return [
      {
        ...{ name, account, ...shown, ...(models !== undefined && { models: [...models] }) },
        has: key === undefined ? [] : ["key"],
        health: healthOf(JSON.parse(row) as CatalogueRow),
        ...{ changedAt, changedBy, seq },
      },
    ];
  });
}

function healthOf({ answeredAt, failure }: CatalogueRow): NonNullable<CatalogueResource["health"]> {
  const answered = answeredAt === undefined ? {} : { answeredAt };
  if (failure === undefined) return { state: answeredAt === undefined ? "unused" : "working", ...answered };
  const { askedAt: failedAt, ...about } = failure;
  return { state: "failing", ...answered, failedAt, ...about };
}
