import { invalid } from "@fleetlog/domain";
import { checker } from "@fleetlog/protocol";
import type { FastifySchemaCompiler } from "fastify";
import type { TSchema } from "typebox";
import { Value } from "typebox/value";

/**
 * Checks requests as devices' reports are checked, with the same words. What comes in a URL or a header is text and is
 * read as the number, boolean or list that the schema asks for; what comes in a body must be what it is.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = "body" }) => {
  const [root, noun] = NAMES[httpPart] ?? [httpPart, "field"];
  const check = checker(schema, root, noun);
  const lists = httpPart === "querystring" ? listsOf(schema) : [];
  return (given) => {
    const repeated = httpPart === "querystring" ? repeatedIn(given as Query, lists) : undefined;
    if (repeated !== undefined) return { error: invalid(repeated, `${repeated} is given more than once`) };
    const checked = check(httpPart === "body" ? given : Value.Convert(schema, withLists(given, lists)));
    if (checked.ok) return { value: checked.value };
    const { field, message } = checked;
    // Which of `a,b` it is, is no place that the caller wrote.
    const name = lists.length === 0 ? field : field.replace(/\[\d+\]$/, "");
    return { error: invalid(name, message.replace(field, name)) };
  };
};

/** What each part of a request is called, and what is in it. */
const NAMES: Readonly<Record<string, readonly [root: string, noun: string]>> = {
  body: ["body", "field"],
  querystring: ["query", "query parameter"],
  params: ["path", "field"],
  headers: ["headers", "header"],
};

/** Parameters of a query that hold several values: `?state=issued,delivered`, or each with the name again. */
function listsOf(schema: TSchema): readonly string[] {
  const { properties = {} } = schema as { properties?: Record<string, { type?: string }> };
  return Object.keys(properties).filter((name) => properties[name]?.type === "array");
}

type Query = Readonly<Record<string, string | readonly string[]>>;

function repeatedIn(query: Query, lists: readonly string[]): string | undefined {
  return Object.keys(query).find((name) => Array.isArray(query[name]) && !lists.includes(name));
}

function withLists(given: unknown, lists: readonly string[]): unknown {
  const query = { ...(given as Query) };
  for (const name of lists) {
    const value = query[name];
    if (value !== undefined) query[name] = [value].flat().flatMap((one: string) => (one === "" ? [] : one.split(",")));
  }
  return query;
}
