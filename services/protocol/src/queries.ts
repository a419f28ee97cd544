import type { Scope } from "@fleetlog/domain";
import type { Queries, QueryName } from "./views/index.ts";

export interface QueryRequest<N extends QueryName = QueryName> {
  readonly params: Queries[N]["params"];
  /** Restricts the answer to this scope; default: no restriction. */
  readonly scope?: Scope;
  /** The answer must include the view's own stream up to this sequence: FLEET for most views. */
  readonly atLeast?: number;
  /** How long to wait for `atLeast`; then FleetError `view-behind`. Default 2,000, at most 10,000. */
  readonly waitMs?: number;
}

export interface QueryAnswer<N extends QueryName = QueryName> {
  readonly result: Queries[N]["result"];
  /** The sequence of the view's stream up to which it is built. */
  readonly seq: number;
}

/**
 * The bus subject of a query; projectors subscribe to it in queue group {@link QUERY_QUEUE}. `projector`: the subject on
 * which only this one answers.
 */
export function querySubject(name: string, projector?: string): string {
  return projector === undefined ? `query.${name}` : `query.${name}.${projector}`;
}

/** A cursor: the place in the list and, if the rows are kept for the list's later pages, the name of their state. */
export function cursorParts(cursor: string): { readonly place: string; readonly state?: string } {
  const end = cursor.indexOf(".");
  return end < 0 ? { place: cursor } : { place: cursor.slice(0, end), state: cursor.slice(end + 1) };
}

/** The name of the state of the rows that a page is read from: of the form `<projector>.<name>`. */
export function keptStateOf(params: unknown): string | undefined {
  const { cursor, within } = (params ?? {}) as { readonly cursor?: unknown; readonly within?: unknown };
  const given = cursor ?? within;
  return typeof given === "string" ? cursorParts(given).state : undefined;
}

const TOKEN = /^[A-Za-z0-9_=-]+$/;

/** The projector that keeps the rows for a page, as a token of subjects. */
export function keeperOf(params: unknown): string | undefined {
  const [projector = ""] = keptStateOf(params)?.split(".") ?? [];
  return TOKEN.test(projector) ? projector : undefined;
}

export const QUERY_QUEUE = "projectors";
