import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { type Action, type Category, definitionEntity, type ErrorCode, FleetError } from "@fleetlog/domain";
import {
  type Caller,
  type DefinitionDone,
  type Fleet,
  type NamedDefinition,
  ownAccount,
  type QueryOptions,
} from "@fleetlog/fleet";
import { DEFINITION_NAME, DefinitionQuery, ListDefinitionsQuery } from "@fleetlog/protocol";
import type { FastifyRequest } from "fastify";
import Type, { type TSchema } from "typebox";
import { personOf, scopeFor } from "../access/authorize.ts";
import type { HttpContext } from "../context.ts";
import { IfMatch, revisionsIn } from "../input/if-match.ts";
import { readerOptions } from "../input/reader-options.ts";
import { callerOf } from "./caller.ts";
import { WrittenSeq } from "./written.ts";

const ByName = Type.Object({ name: Type.String({ ...DEFINITION_NAME }) });

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly problems?: readonly ErrorCode[];
}

/** A kind of definition: device types, groups or catalogues. A definition's name is unique within its account. */
export interface DefinitionKind<Definition> {
  readonly tag: string;
  readonly path: string;
  readonly category: Category;
  readonly read: Action;
  readonly change: Action;
  readonly unknown: ErrorCode;
  readonly schemas: { readonly body: TSchema; readonly resource: TSchema; readonly page: TSchema };
  readonly operations: Readonly<Record<"list" | "get" | "put" | "delete", Operation>>;
  /** The properties of a request that may be shown; default: all. */
  shown?(body: Definition): object;
  list(views: Fleet["views"], params: ListDefinitionsQuery, options: QueryOptions): Promise<unknown>;
  get(views: Fleet["views"], id: NamedDefinition, options: QueryOptions): Promise<{ readonly seq: number } | null>;
  put(
    fleet: Fleet,
    caller: Caller,
    id: NamedDefinition,
    definition: Definition,
    ifRevision: readonly string[] | undefined,
    now: number,
  ): Promise<DefinitionDone<Definition>>;
  delete(
    fleet: Fleet,
    caller: Caller,
    id: NamedDefinition,
    ifRevision?: readonly string[],
  ): Promise<DefinitionDone<Definition>>;
}

/** The ETag is the log sequence of the last change. */
export function definitionRoutes<Definition extends object>(
  kind: DefinitionKind<Definition>,
  { fleet, notifiedSeq, clock }: HttpContext,
): FastifyPluginAsyncTypebox {
  const { log, views } = fleet;
  const { path, schemas, operations, read, change } = kind;
  const written = new WrittenSeq(log);
  const newest = (atLeast = 0) => readerOptions(Math.max(atLeast, written.seq, notifiedSeq()));
  const tags = [kind.tag];
  const one = `${path}/:name`;
  type Named = FastifyRequest<{ Params: { name: string }; Querystring: { account?: string } }>;
  const idOf = ({ params, query }: Named, account: string) => ({
    name: params.name,
    account: query.account ?? account,
  });

  return async (app) => {
    app.addHook("onClose", async () => written.stop());
    app.get(
      path,
      {
        config: { action: read },
        schema: {
          ...operations.list,
          tags,
          querystring: ListDefinitionsQuery,
          response: { 200: schemas.page },
          problems: ["view-unavailable"],
        },
      },
      (request) => kind.list(views, request.query, { scope: scopeFor(request), ...newest() }),
    );

    app.get(
      one,
      {
        config: { action: read },
        schema: {
          ...operations.get,
          tags,
          params: ByName,
          querystring: DefinitionQuery,
          response: { 200: schemas.resource },
          problems: [kind.unknown, "view-unavailable"],
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const id = idOf(request as Named, ownAccount(personOf(request)));
        const last = await log.last(kind.category, definitionEntity(id));
        const found = await kind.get(views, id, { scope: scopeFor(request), ...newest(last?.seq) });
        if (found === null)
          throw new FleetError(kind.unknown, `there is no ${nounOf(kind)} ${id.name}`, { field: "name" });
        return reply.header("etag", `"${found.seq}"`).send(found);
      },
    );

    app.put(
      one,
      {
        config: { action: change },
        schema: {
          ...operations.put,
          tags,
          params: ByName,
          querystring: DefinitionQuery,
          headers: IfMatch,
          body: schemas.body,
          response: { 200: schemas.resource, 201: schemas.resource },
          problems: [
            ...(operations.put.problems ?? []),
            "forbidden",
            "account-unknown",
            "precondition-failed",
            "payload-too-large",
            "conflict",
            "log-full",
          ],
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const caller = callerOf(request);
        const id = idOf(request as Named, ownAccount(caller.principal));
        const body = request.body as Definition;
        const ifRevision = revisionsIn(request.headers["if-match"]);
        const { seq, created } = await kind.put(fleet, caller, id, body, ifRevision, clock());
        written.note(seq);
        const options = { scope: scopeFor(request), ...newest(seq), whenAway: "fail" } as const;
        const found = await kind.get(views, id, options).catch(() => null);
        const changedAt = new Date(clock()).toISOString();
        const now = found ?? {
          ...(kind.shown?.(body) ?? body),
          ...id,
          devices: 0,
          changedAt,
          changedBy: caller.by,
          seq,
        };
        return reply
          .status(created ? 201 : 200)
          .header("etag", `"${seq}"`)
          .send(now);
      },
    );

    app.delete(
      one,
      {
        config: { action: change },
        schema: {
          ...operations.delete,
          tags,
          params: ByName,
          querystring: DefinitionQuery,
          headers: IfMatch,
          response: { 204: Type.Null() },
          problems: [
            ...(operations.delete.problems ?? []),
            ...(["forbidden", "account-unknown", kind.unknown, "precondition-failed", "log-full"] as const),
          ],
        },
      },
      async (request, reply) => {
        const caller = callerOf(request);
        const id = idOf(request as Named, ownAccount(caller.principal));
        const { seq } = await kind.delete(fleet, caller, id, revisionsIn(request.headers["if-match"]));
        written.note(seq);
        return reply.status(204).send(null);
      },
    );
  };
}

function nounOf({ tag }: { readonly tag: string }): string {
  return tag.replace(/s$/, "");
}
