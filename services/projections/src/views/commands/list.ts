import { COMMAND_STATES, type CommandFilterState, type CommandStateName } from "@fleetlog/protocol";
import { decodeCursor, encodeCursor } from "../../select/cursor.ts";
import { pageOf } from "../../select/page.ts";
import type { ViewStore } from "../../store/store.ts";
import type { Answer } from "../view.ts";
import { resourceOf } from "./pending.ts";

const DEFAULT_LIMIT = 100;
const OPEN: readonly CommandStateName[] = ["issued", "delivered"];
/** Word for word the condition of the index of the rarer states, without which SQLite does not use it. */
const RARE = "state NOT IN ('issued', 'delivered', 'completed')";

/** Newest first. */
export const listCommands: Answer<"commands.list"> = (views, params) => {
  const { limit = DEFAULT_LIMIT, cursor } = params;
  const filter: Filter = { ...params, states: statesOf(params.state ?? COMMAND_STATES) };
  const before = cursor === undefined ? undefined : decodeCursor("commands", cursor, "number");
  const { items, more } = pageOf(find(views, filter, before, limit + 1).map(resourceOf), limit);
  const last = items.at(-1);
  return {
    items: [...items],
    next: more && last !== undefined ? encodeCursor("commands", last.seq) : null,
    total: count(views, filter),
  };
};

interface Filter {
  readonly device?: string;
  readonly by?: string;
  /** In the order of {@link COMMAND_STATES}, each once. */
  readonly states: readonly CommandStateName[];
}

interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

function statesOf(given: readonly CommandFilterState[]): readonly CommandStateName[] {
  return COMMAND_STATES.filter(
    (state) => given.includes(state) || given.includes(OPEN.includes(state) ? "open" : "ended"),
  );
}

/** Each state has an index that holds its commands in order, or is common: each is read by itself, and they are merged. */
function find(views: ViewStore, filter: Filter, before: number | undefined, limit: number): string[] {
  const branches = [...byStates(filter)].map((ofStates) => {
    const conditions = [...ofWhom(filter), ofStates];
    if (before !== undefined) conditions.push({ sql: "ordinal < ?", values: [before] });
    return { sql: `SELECT ordinal FROM commands WHERE ${conditions.map(({ sql }) => sql).join(" AND ")}`, conditions };
  });
  const rows = views.query<{ row: string }>(
    `SELECT c.row FROM (${branches.map(({ sql }) => sql).join(" UNION ALL ")} ORDER BY ordinal DESC LIMIT ?) wanted
     CROSS JOIN commands c ON c.ordinal = wanted.ordinal ORDER BY wanted.ordinal DESC`,
    ...branches.flatMap(({ conditions }) => conditions.flatMap(({ values }) => values)),
    limit,
  );
  return rows.map(({ row }) => row);
}

/** States are words of ours and stand in the statement itself: a partial index can serve them. */
function* byStates({ device, by, states }: Filter): Generator<Condition> {
  if (states.length === COMMAND_STATES.length) {
    yield { sql: "TRUE", values: [] };
    return;
  }
  // Few commands are of one device: what it has in any state is found by the device.
  if (device !== undefined) {
    yield { sql: `+${among(states)}`, values: [] };
    return;
  }
  const allOpen = by === undefined && OPEN.every((state) => states.includes(state));
  if (allOpen) yield { sql: "open = 1", values: [] };
  for (const state of states) {
    if (allOpen && OPEN.includes(state)) continue;
    if (by !== undefined || state === "completed") yield { sql: `state = '${state}'`, values: [] };
    else if (OPEN.includes(state)) yield { sql: `state = '${state}' AND open = 1`, values: [] };
    else yield { sql: `state = '${state}' AND ${RARE}`, values: [] };
  }
}

function ofWhom({ device, by }: Filter): Condition[] {
  const conditions: Condition[] = [];
  if (device !== undefined) conditions.push({ sql: "device = ?", values: [device] });
  // One operator may have issued nearly all of them: of one device's, they are no help in finding.
  if (by !== undefined) conditions.push({ sql: `${device === undefined ? "" : "+"}"by" = ?`, values: [by] });
  return conditions;
}

function count(views: ViewStore, filter: Filter): number {
  const { states } = filter;
  const conditions = ofWhom(filter);
  if (conditions.length === 0) {
    const byState = views.counts("commands", "state");
    return states.reduce((sum, state) => sum + (byState.get(state) ?? 0), 0);
  }
  if (states.length < COMMAND_STATES.length) conditions.push({ sql: among(states), values: [] });
  return (
    views.queryOne<{ total: number }>(
      `SELECT count(*) AS total FROM commands WHERE ${conditions.map(({ sql }) => sql).join(" AND ")}`,
      ...conditions.flatMap(({ values }) => values),
    )?.total ?? 0
  );
}

function among(states: readonly CommandStateName[]): string {
  return `state IN (${states.map((state) => `'${state}'`).join(", ")})`;
}
