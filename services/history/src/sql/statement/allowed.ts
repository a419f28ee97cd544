import { SQL_AS_OF } from "@fleetlog/protocol/history-tables";
import { nearest } from "@fleetlog/runtime";
import { refused } from "./errors.ts";
import { FUNCTIONS, ROW_FUNCTIONS } from "./functions.ts";
import { isTree, type Json, type Tree, textIn, treeIn } from "./tree.ts";

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Kinds of expressions, by DuckDB's names. */
const EXPRESSIONS = words(`
  BETWEEN CASE CAST COLLATE COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION LAMBDA LAMBDA_REF OPERATOR
  POSITIONAL_REFERENCE STAR SUBQUERY TYPE WINDOW
`);
/** Kinds of queries, of sources in FROM, and of modifiers. */
const QUERIES = words(`
  SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE CTE_NODE
  BASE_TABLE SUBQUERY JOIN TABLE_FUNCTION EMPTY EXPRESSION_LIST PIVOT SHOW_REF
  ORDER_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER DISTINCT_MODIFIER ORDER_DEFAULT ASCENDING DESCENDING
`);
const TYPE_INFO = /^[A-Z]+_TYPE_INFO$/;
const SHOWN = words("DESCRIBE SUMMARY");
const OWN_SCHEMAS = new Set(["", "main"]);
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set([...ROW_FUNCTIONS, ...SQL_AS_OF]);
/** The parser nests about four trees in an expression. */
const MAX_DEPTH = 1_000;

/**
 * Refuses all kinds of nodes and all functions that are not listed. Names of tables are checked where they are
 * replaced.
 *
 * @throws FleetError `invalid-request` with the position
 */
export function checkAllowed(statement: Tree, sql: string): void {
  new Check(sql).visit(statement, undefined, 0);
}

class Check {
  readonly #sql: string;

  constructor(sql: string) {
    this.#sql = sql;
  }

  /** @param at position of the nearest tree that has one */
  visit(value: Json, at: number | undefined, depth: number): void {
    if (depth > MAX_DEPTH) throw refused(this.#sql, at, "the statement is nested too deeply");
    if (Array.isArray(value)) for (const one of value) this.visit(one, at, depth + 1);
    if (!isTree(value)) return;
    const here = typeof value.query_location === "number" ? value.query_location : at;
    if (typeof value.class === "string") this.#expression(value, here);
    else if (typeof value.type === "string") this.#query(value, here);
    for (const [name, one] of Object.entries(value)) {
      // The node of a function in FROM has checked its name, so only its arguments are visited.
      if (name === "function" && value.type === "TABLE_FUNCTION" && isTree(one)) {
        this.visit({ ...one, class: null, type: null }, here, depth + 1);
      } else this.visit(one, here, depth + 1);
    }
  }

  #expression(node: Tree, at: number | undefined): void {
    const kind = textIn(node, "class");
    if (kind === "PARAMETER") {
      throw refused(this.#sql, at, "parameters such as ? and $1 have no values", "Write the value itself.");
    }
    if (!EXPRESSIONS.has(kind)) throw refused(this.#sql, at, `${kind.toLowerCase()} expressions are not allowed`);
    if (kind === "FUNCTION" || kind === "WINDOW") this.#function(node, at, FUNCTIONS);
  }

  #query(node: Tree, at: number | undefined): void {
    const kind = textIn(node, "type");
    if (!QUERIES.has(kind) && !TYPE_INFO.test(kind)) {
      throw refused(this.#sql, at, `${kind.toLowerCase().replaceAll("_", " ")} is not allowed`);
    }
    if (kind === "TABLE_FUNCTION") {
      const called = treeIn(node, "function") ?? {};
      this.#function(called, at, TABLE_FUNCTIONS);
    }
    if (kind === "SHOW_REF" && (!SHOWN.has(textIn(node, "show_type")) || !isTree(node.query))) {
      throw refused(this.#sql, at, "SHOW is not allowed", "Write DESCRIBE and a table, such as DESCRIBE events.");
    }
  }

  #function(node: Tree, at: number | undefined, allowed: ReadonlySet<string>): void {
    const name = textIn(node, "function_name").toLowerCase();
    const isOwn = OWN_SCHEMAS.has(textIn(node, "schema")) && textIn(node, "catalog") === "";
    if (isOwn && allowed.has(name)) return;
    const meant = nearest(name, [...allowed]);
    if (allowed === TABLE_FUNCTIONS) {
      const events = /^(events|telemetry)_asof$/.exec(name)?.[1];
      const advice =
        events === undefined
          ? "Read tables such as events or devices_versions, or devices_asof('2026-01-31T12:00:00Z')."
          : `Events never change: write FROM ${events} WHERE time <= '2026-01-31T12:00:00Z', or seq <= 17.`;
      throw refused(this.#sql, at, `the function ${name} is not allowed in FROM`, advice);
    }
    const advice =
      meant === undefined ? "Only functions that compute a value from their arguments are allowed." : `Write ${meant}.`;
    throw refused(this.#sql, at, `the function ${name} is not allowed`, advice);
  }
}
