import { FleetError } from "@fleetlog/domain";
import { checker } from "@fleetlog/protocol";
import type { FastifySchemaCompiler } from "fastify";
import type { TSchema } from "typebox";
import { Value } from "typebox/value";

/**
 * Checks requests as devices' reports are checked, with the same words. What comes in a URL or a header is text and is
 * read as the number, boolean or list that the schema asks for; what comes in a body must be what it is.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = "body" }) => {
  const check = checker(schema, httpPart);
  const lists = httpPart === "querystring" ? listsOf(schema) : [];
  return (given) => {
    const checked = check(httpPart === "body" ? given : Value.Convert(schema, withLists(given, lists)));
    if (checked.ok) return { value: checked.value };
    return { error: new FleetError("invalid-request", checked.message, { field: checked.field }) };
  };
};

/** Parameters of a query that hold several values: `?state=issued,delivered`, or each with the name again. */
function listsOf(schema: TSchema): readonly string[] {
  const { properties = {} } = schema as { properties?: Record<string, { type?: string }> };
  return Object.keys(properties).filter((name) => properties[name]?.type === "array");
}

function withLists(given: unknown, lists: readonly string[]): unknown {
  const query = { ...(given as Record<string, string | string[]>) };
  for (const name of lists) {
    const value = query[name];
    if (value !== undefined) query[name] = [value].flat().flatMap((one) => (one === "" ? [] : one.split(",")));
  }
  return query;
}
