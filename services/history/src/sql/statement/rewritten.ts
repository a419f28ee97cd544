import { FleetError } from "@fleetlog/domain";
import { parseMoment } from "@fleetlog/runtime";
import { checkAllowed } from "./allowed.ts";
import { messageOf, refused } from "./errors.ts";
import { mentions } from "./mentions.ts";
import type { Schema } from "./schema.ts";
import { referencesIn, replaced, type TableUse, tablesIn } from "./tables.ts";
import { type Tree, textIn } from "./tree.ts";

/** The SQL of the history's tables for one caller. */
export interface TableSources {
  table(name: string, mentions: (column: string) => boolean): string;
  asOf(name: string, seq: number): string;
}

/** Finds sequences for moments. */
export interface MomentSource {
  /** The newest sequence that can be queried. */
  readonly newest: number;
  /** The newest event up to a time (RFC 3339); undefined if there is none. */
  seqAt(time: string): Promise<number | undefined>;
}

/**
 * The statement with each table replaced by its query for the caller. The text that DuckDB makes of the changed tree is
 * parsed again: it must name the same tables and functions.
 *
 * @throws FleetError `invalid-request` with the position, for everything that is not allowed
 */
export async function rewritten(
  sql: string,
  schema: Schema,
  sources: TableSources,
  moments: MomentSource,
): Promise<string> {
  const parsed = await schema.parse(sql);
  checkAllowed(parsed, sql);
  const uses = tablesIn(parsed, sql);
  await schema.bind(sql);
  const mentioned = mentions(parsed);
  const by = new Map<Tree, Tree>();
  for (const use of uses) {
    const source =
      use.moment === undefined
        ? sources.table(use.name, mentioned)
        : sources.asOf(use.name, await seqOf(use, use.moment, sql, schema, moments));
    by.set(use.node, inPlaceOf(use, await schema.subquery(source)));
  }
  const changed = replaced(parsed, by) as Tree;
  const text = await sameText(changed, schema).catch(() => undefined);
  if (text === undefined) {
    throw refused(sql, undefined, "this statement can't be run here", "Write it in another way.");
  }
  return text;
}

/** Undefined if the text that DuckDB makes of the tree means something else. */
async function sameText(statement: Tree, schema: Schema): Promise<string | undefined> {
  const text = await schema.textOf(statement);
  const again = await schema.parse(text);
  return JSON.stringify(referencesIn(again)) === JSON.stringify(referencesIn(statement)) ? text : undefined;
}

function inPlaceOf({ node, name, moment }: TableUse, subquery: Tree): Tree {
  const alias = textIn(node, "alias") || (moment === undefined ? textIn(node, "table_name") : `${name}_asof`);
  return {
    ...subquery,
    alias,
    sample: node.sample ?? null,
    query_location: node.query_location ?? null,
    column_name_alias: node.column_name_alias ?? [],
  };
}

async function seqOf(
  { at }: TableUse,
  expression: Tree,
  sql: string,
  schema: Schema,
  moments: MomentSource,
): Promise<number> {
  const moment = await schema.moment(expression).catch((error: unknown) => {
    throw error instanceof FleetError ? error : refused(sql, at, messageOf(error).message);
  });
  if ("seq" in moment) return checkedSeq(moment.seq, sql, at, moments);
  if ("text" in moment && /^\d{1,15}$/.test(moment.text)) return checkedSeq(Number(moment.text), sql, at, moments);
  const ms = "ms" in moment ? moment.ms : parseMoment(moment.text);
  if (ms === undefined) {
    const advice = "Write a time such as '2026-01-31T12:00:00Z' (RFC 3339), or a sequence of FLEET.";
    throw refused(sql, at, `${JSON.stringify("text" in moment ? moment.text : "")} is not a moment`, advice);
  }
  if (!(ms <= Date.now())) throw refused(sql, at, "that moment is in the future");
  const seq = await moments.seqAt(new Date(ms).toISOString());
  if (seq === undefined) throw refused(sql, at, "the log begins later than that moment");
  return seq;
}

function checkedSeq(seq: number, sql: string, at: number | undefined, { newest }: MomentSource): number {
  if (!Number.isSafeInteger(seq) || seq < 1) throw refused(sql, at, "a sequence is a whole number from 1");
  if (seq > newest) throw refused(sql, at, `the log ends at ${newest}`);
  return seq;
}
