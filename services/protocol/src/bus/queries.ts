import type { Scope } from "@fleetlog/domain";
import type { Queries, QueryName } from "../views/index.ts";

export interface QueryRequest<N extends QueryName = QueryName> {
  readonly params: Queries[N]["params"];
  readonly scope?: Scope;
  /** The answer must include this sequence of the view's stream. */
  readonly atLeast?: number;
  /** The longest wait for `atLeast`, which ends with FleetError `view-behind`; default 2,000, at most 10,000. */
  readonly waitMs?: number;
}

export interface QueryAnswer<N extends QueryName = QueryName> {
  readonly result: Queries[N]["result"];
  /** The view is built up to this sequence of its stream. */
  readonly seq: number;
}

/** Projectors answer in queue group {@link QUERY_QUEUE}. @param projector limits the subject to one projector */
export function querySubject(name: string, projector?: string): string {
  return projector === undefined ? `query.${name}` : `query.${name}.${projector}`;
}

/** `place`: position in the list; `state`: name of the rows that are kept for later pages. */
export function cursorParts(cursor: string): { readonly place: string; readonly state?: string } {
  const end = cursor.indexOf(".");
  return end < 0 ? { place: cursor } : { place: cursor.slice(0, end), state: cursor.slice(end + 1) };
}

/** Name of the kept rows, `<projector>.<name>`. */
export function keptStateOf(params: unknown): string | undefined {
  const { cursor, within } = (params ?? {}) as { readonly cursor?: unknown; readonly within?: unknown };
  const given = cursor ?? within;
  return typeof given === "string" ? cursorParts(given).state : undefined;
}

const TOKEN = /^[A-Za-z0-9_=-]+$/;

/** The projector that keeps the rows. Undefined also for a name that a subject can't contain. */
export function keeperOf(params: unknown): string | undefined {
  const [projector = ""] = keptStateOf(params)?.split(".") ?? [];
  return TOKEN.test(projector) ? projector : undefined;
}

export const QUERY_QUEUE = "projectors";
