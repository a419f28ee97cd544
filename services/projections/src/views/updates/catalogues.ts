import { type Catalogue, catalogueEvents, definitionEntity, isEventOf } from "@fleetlog/domain";
import type { CatalogueResource } from "@fleetlog/protocol";
import type { Projection } from "../../projection.ts";
import type { Reader } from "../../select/reader.ts";
import { DEFINITION_ORDER, DEFINITIONS, type DefinitionRow, definedAs, definitionRow } from "../definition.ts";
import type { Answer } from "../view.ts";

type CatalogueRow = DefinitionRow<Catalogue>;

export const catalogues: Projection<CatalogueRow> = {
  ...DEFINITIONS,
  name: "catalogues",
  version: 1,
  categories: ["catalogue"],

  touches: (event) => (isEventOf(catalogueEvents, event) ? { key: definitionEntity(event.data) } : undefined),

  evolve: (row, event) => (isEventOf(catalogueEvents, event) ? definitionRow(event, event.data) : row),
};

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
    const { name, account, definition, changedAt, changedBy, seq } = JSON.parse(row) as CatalogueRow;
    if (definition === undefined) return [];
    const { key, models, ...shown } = definition;
    const has = key === undefined ? [] : ["key"];
    return [
      { name, account, ...shown, ...(models !== undefined && { models: [...models] }), has, changedAt, changedBy, seq },
    ];
  });
}
