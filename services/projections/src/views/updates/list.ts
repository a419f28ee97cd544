import { heldBy, isLimited } from "@fleetlog/domain";
import {
  type ListUpdatesQuery,
  UPDATE_STATES,
  type UpdateSortKey,
  type UpdateState,
  type UpdatesResource,
} from "@fleetlog/protocol";
import type { Filter } from "../../filter.ts";
import { fitting } from "../../select/page.ts";
import type { Reader } from "../../select/reader.ts";
import { statelessFilters } from "../devices/filter.ts";
import { NATIVE, type RegistryRow } from "../devices/registry.ts";
import { DEVICES } from "../devices/relation.ts";
import type { Answer, ThreadOf } from "../view.ts";
import { foundState, withUpdateState } from "./filter.ts";
import { isPackageState, stateOf } from "./state.ts";
import { packageWithState, type UpdatesRow, updates } from "./updates.ts";

const DEFAULT_LIMIT = 100;
/** The states that a device with a listed package can have. In the two others it has none. */
const WITH_PACKAGE = UPDATE_STATES.filter((state) => state !== "not-listed" && state !== "never");
const UPDATES = { tables: [updates, ...DEVICES.tables] };

const COLUMNS: Readonly<Record<UpdateSortKey, string>> = {
  id: "key",
  state: "rank",
  model: "model",
  lookedAt: "lookedAt",
};

export const listUpdates: Answer<"updates.list"> = (reader, params) => {
  const { state, package: name, sort = "id", limit = DEFAULT_LIMIT, cursor, offset } = params;
  const devices = devicesIn(reader, params);
  const others = [{ column: "outdated", eq: 0 }, ...devices, ...packageFilter(name)];
  const byState = name === undefined ? devicesByState(reader, devices) : packagesByState(reader, name, others);
  const key = sort.replace(/^-/, "") as UpdateSortKey;
  const order = (column: string) => [{ column, descending: sort.startsWith("-") }];
  const request = { list: `updates ${sort}`, limit, cursor, offset };
  if (state === "never") {
    // Devices that were never compared have no packages to filter by, and no time to sort by.
    const filter = { and: [...devices, name === undefined ? withUpdateState("never") : { or: [] }] };
    const of = { ...request, list: `never ${sort}`, filter, order: order(key === "model" ? "model" : "key") };
    return { ...reader.page(DEVICES, of, (ids) => neverCompared(reader, ids)), byState };
  }
  const filter = { and: [...others, ...stateFilter(params)] };
  const page = reader.page(UPDATES, { ...request, filter, order: order(COLUMNS[key]) }, (ids) =>
    resourcesOf(reader, ids),
  );
  return { ...page, byState };
};

/** How many devices are found in each state. */
function devicesByState(reader: Reader, devices: readonly Filter[]): Record<string, number> {
  const compared = [{ column: "outdated", eq: 0 }, ...devices];
  const counts = reader.tally(UPDATES, { and: compared }, "state");
  const byState: Record<string, number> = Object.fromEntries(counts);
  const sum = [...counts.values()].reduce((all, n) => all + n, 0);
  byState.never = reader.count(DEVICES, { and: devices }) - sum;
  if (!counts.has("failed")) return byState;
  const failing = { and: [...compared, foundState("failed")] };
  for (const [state, n] of reader.tally(UPDATES, failing, "answered"))
    if (isPackageState(state as UpdateState)) byState[state] = (byState[state] ?? 0) + n;
  return byState;
}

/** Counts the devices for each state of the package, and those of them for which a catalogue failed. */
function packagesByState(reader: Reader, name: string, others: readonly Filter[]): Record<string, number> {
  const counts = WITH_PACKAGE.map((state) => {
    const filter = { and: [...others, ...stateFilter({ package: name, state })] };
    return [state, reader.count(UPDATES, filter)] as const;
  });
  return Object.fromEntries(counts.filter(([, n]) => n > 0));
}

/** Every answer counts the states of all requested devices, so only the list of one device is a short query. */
export const threadOfList: ThreadOf<ListUpdatesQuery> = ({ device, search }, scope) => {
  if (search !== undefined || (scope !== undefined && isLimited(scope))) return "search";
  return device === undefined ? "list" : undefined;
};

export const heldVersions: Answer<"updates.held"> = (reader, { ids }) => {
  const rows = reader.rows<{ row: string }>(DEVICES, ids, { row: "registry.row" }).flatMap(({ row }) => {
    const { device, retiredAt } = JSON.parse(row) as RegistryRow;
    if (retiredAt !== undefined) return [];
    const { id, account = "main", dialect = NATIVE, profile } = device;
    const model = modelOf(profile);
    return [{ device: id, account, dialect, ...(model !== undefined && { model }), held: { ...heldBy(profile) } }];
  });
  return [...fitting(rows, reader.answerBytes)];
};

export const foundUpdates: Answer<"updates.found"> = (reader, { ids }) => {
  const picked = { id: "updates.key", outdated: "outdated", retiredAt: "registry.retiredAt" };
  const rows = reader.rows<{ id: string; outdated: number; retiredAt: string | null }>(UPDATES, ids, picked);
  const compared = rows.flatMap(({ id, outdated, retiredAt }) => (outdated === 0 && retiredAt === null ? [id] : []));
  return [...fitting(resourcesOf(reader, compared), reader.answerBytes)];
};

/** The filters that concern the devices themselves. */
function devicesIn(reader: Reader, { device, search = "", model, group, account }: ListUpdatesQuery): Filter[] {
  const asked = {
    search,
    ...(model !== undefined && { model }),
    ...(group !== undefined && { group }),
    ...(account !== undefined && { account }),
  };
  const filters: Filter[] = [{ column: "retired", eq: 0 }, ...statelessFilters(reader, asked)];
  if (device !== undefined) filters.push({ column: "key", eq: device });
  return filters;
}

function packageFilter(name: string | undefined): Filter[] {
  return name === undefined ? [] : [{ column: "packages", eq: name }];
}

function stateFilter({ package: name, state }: ListUpdatesQuery): Filter[] {
  if (state === undefined) return [];
  // `failed` is a state of the device: a catalogue fails for a device, not for a package.
  return [
    name === undefined || state === "failed"
      ? foundState(state)
      : { column: "packages", eq: packageWithState(name, state) },
  ];
}

function neverCompared(reader: Reader, ids: readonly string[]): UpdatesResource[] {
  const rows = reader.rows<{ row: string }>(DEVICES, ids, { row: "registry.row" });
  return rows.map(({ row }) => {
    const { device, seq } = JSON.parse(row) as RegistryRow;
    const model = modelOf(device.profile);
    return { device: device.id, ...(model !== undefined && { model }), state: "never", updates: [], failures: [], seq };
  });
}

function modelOf(profile: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const given = profile?.model;
  return typeof given === "string" || typeof given === "number" ? String(given) : undefined;
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
