import type { Scope, StreamName } from "@fleetlog/domain";
import type { Queries, QueryName, QuerySchema, ViewSchema } from "@fleetlog/protocol";
import type { Static, TSchema } from "typebox";
import { type Projection, streamOfProjection } from "../projection.ts";
import type { Reader } from "../select/reader.ts";

/** `search`: queries that check every row; `list`: other long queries. */
export type ThreadName = "list" | "search";
/** The thread that answers a query; undefined: the projector's own thread, for short queries. */
export type ThreadOf<Params> = (params: Params, scope: Scope | undefined) => ThreadName | undefined;

export type Answer<N extends QueryName> = (reader: Reader, params: Queries[N]["params"]) => Queries[N]["result"];

type AnswerTo<Schema extends QuerySchema> = (
  reader: Reader,
  params: Static<Schema["params"]>,
) => Static<Schema["result"]>;

export interface Query {
  readonly params: TSchema;
  readonly answer: (reader: Reader, params: never) => unknown;
  /** The thread that answers from FLEET's views; undefined: the projector's own thread. */
  readonly threadOf?: ((params: never, scope: Scope | undefined) => ThreadName | undefined) | undefined;
}

/** Projections of one stream, and the queries that they answer. */
export interface View {
  readonly projections: readonly Projection[];
  readonly queries: ReadonlyMap<string, Query>;
}

/**
 * Each query in the schema from @fleetlog/protocol must have an answer.
 * @param threads of queries that can take long
 */
export function view<Schema extends ViewSchema>(
  { queries }: Schema,
  projections: readonly Projection[],
  answers: { readonly [N in keyof Schema["queries"]]: AnswerTo<Schema["queries"][N]> },
  threads: { readonly [N in keyof Schema["queries"]]?: ThreadOf<Static<Schema["queries"][N]["params"]>> } = {},
): View {
  const named = Object.entries<Query["answer"]>(answers);
  const threadOf = threads as Readonly<Record<string, Query["threadOf"]>>;
  return {
    projections,
    queries: new Map(
      named.map(([name, answer]) => [name, { params: schemaOf(queries, name), answer, threadOf: threadOf[name] }]),
    ),
  };
}

/** @throws TypeError if the projections read several streams */
export function streamOfView({ projections }: View): StreamName {
  const [stream, ...others] = new Set(projections.map(streamOfProjection));
  if (stream === undefined || others.length > 0) throw new TypeError("a view reads one stream");
  return stream;
}

export function projectionsOf(views: readonly View[]): readonly Projection[] {
  return views.flatMap(({ projections }) => projections);
}

/**
 * Names must be unique, because tables and bus subjects use them.
 * @throws TypeError if two projections or two queries have the same name
 */
export function checkNames(views: readonly View[]): void {
  unique(
    "projections",
    projectionsOf(views).map(({ name }) => name),
  );
  unique(
    "queries",
    views.flatMap(({ queries }) => [...queries.keys()]),
  );
}

function unique(what: string, names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new TypeError(`two ${what} of the views are named ${twice}: give one another name`);
}

function schemaOf(queries: ViewSchema["queries"], name: string): TSchema {
  const schema = queries[name];
  if (schema === undefined) throw new TypeError(`no schema for query ${name}`);
  return schema.params;
}
