import { DEFINITION_NAME } from "@fleetlog/protocol";
import type { FastifyRequest } from "fastify";
import Type from "typebox";

export const ById = Type.Object({ id: Type.String({ ...DEFINITION_NAME }) });

/** A request whose path names a channel. */
export type Named = FastifyRequest<{ Params: { id: string }; Querystring: { account?: string } }>;

/** @param account of the caller, which the query may replace */
export function idOf({ params, query }: Named, account: string): { readonly name: string; readonly account: string } {
  return { name: params.id, account: query.account ?? account };
}
