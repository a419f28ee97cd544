import { heldBy } from "@fleetlog/domain";
import type { ListUpdatesQuery, UpdatesResource } from "@fleetlog/protocol";
import type { Filter } from "../../select/filter.ts";
import { fitting } from "../../select/page.ts";
import type { Reader } from "../../select/reader.ts";
import { NATIVE, type RegistryRow } from "../devices/registry.ts";
import { DEVICES } from "../devices/relation.ts";
import type { Answer } from "../view.ts";
import { stateOf } from "./state.ts";
import { packageWithState, type UpdatesRow, updates } from "./updates.ts";

const DEFAULT_LIMIT = 100;
const UPDATES = { tables: [updates] };

export const listUpdates: Answer<"updates.list"> = (reader, params) => {
  const { limit = DEFAULT_LIMIT, cursor } = params;
  const request = { list: "updates", filter: { and: filtersOf(params) }, order: [{ column: "key" }], limit, cursor };
  const page = reader.page(UPDATES, request, (keys) => resourcesOf(reader, keys));
  const { state: _, ...others } = params;
  const byState = Object.fromEntries(reader.tally(UPDATES, { and: filtersOf(others) }, "state"));
  return { ...page, byState };
};

export const heldVersions: Answer<"updates.held"> = (reader, { ids }) => {
  const rows = reader.rows<{ row: string }>(DEVICES, ids, { row: "registry.row" }).flatMap(({ row }) => {
    const { device, retiredAt } = JSON.parse(row) as RegistryRow;
    if (retiredAt !== undefined) return [];
    const { id, account = "main", dialect = NATIVE, profile } = device;
    const given = profile?.model;
    const model = typeof given === "string" || typeof given === "number" ? { model: String(given) } : {};
    return [{ device: id, account, dialect, ...model, held: { ...heldBy(profile) } }];
  });
  return [...fitting(rows, reader.answerBytes)];
};

function filtersOf({ device, package: name, state, account }: ListUpdatesQuery): Filter[] {
  const registered: Filter[] = [{ column: "retired", eq: 0 }];
  if (account !== undefined) registered.push({ column: "account", eq: account });
  const filters: Filter[] = [
    { column: "outdated", eq: 0 },
    { column: "device", refersTo: "registry", where: { and: registered } },
  ];
  if (device !== undefined) filters.push({ column: "key", eq: device });
  if (name !== undefined)
    filters.push({ column: "packages", eq: state === undefined ? name : packageWithState(name, state) });
  else if (state !== undefined) filters.push({ column: "state", eq: state });
  return filters;
}

function resourcesOf(reader: Reader, keys: readonly string[]): UpdatesResource[] {
  const rows = reader.rows<{ row: string }>(UPDATES, keys, { row: "updates.row" });
  return rows.map(({ row }) => {
    const { found, model, seq } = JSON.parse(row) as UpdatesRow;
    const { device, updates: list, failures, lookedAt } = found;
    return {
      device,
      ...(model !== undefined && { model }),
      state: stateOf(found),
      updates: list.map(({ needs, ...one }) => ({ ...one, ...(needs !== undefined && { needs: [...needs] }) })),
      failures: [...failures],
      lookedAt,
      seq,
    };
  });
}
