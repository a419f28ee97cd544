/** A value of a statement's tree, as DuckDB's `json_serialize_sql` gives it. */
export type Json = string | number | boolean | null | readonly Json[] | Tree;

export interface Tree {
  readonly [name: string]: Json;
}

interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): Json;
  isRawJSON(value: unknown): boolean;
}

const EXACT = JSON as unknown as ExactJson;

/** Numbers that JavaScript would write in another way stay as they are: DuckDB tells `10.0` from `10`. */
export function parseTree(text: string): Tree {
  return EXACT.parse(text, (_, value, { source }) =>
    typeof value === "number" && source !== undefined && source !== String(value) ? EXACT.rawJSON(source) : value,
  ) as Tree;
}

export function isTree(value: Json | undefined): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !EXACT.isRawJSON(value);
}

export function textIn(tree: Tree, name: string): string {
  const value = tree[name];
  return typeof value === "string" ? value : "";
}

export function treeIn(tree: Tree, name: string): Tree | undefined {
  const value = tree[name];
  return isTree(value) ? value : undefined;
}

export function listIn(tree: Tree, name: string): readonly Json[] {
  const value = tree[name];
  return Array.isArray(value) ? value : [];
}

/** All trees in a value, outer ones first. */
export function* treesIn(value: Json | undefined): Generator<Tree> {
  if (Array.isArray(value)) for (const one of value) yield* treesIn(one);
  if (!isTree(value)) return;
  yield value;
  for (const one of Object.values(value)) yield* treesIn(one);
}
