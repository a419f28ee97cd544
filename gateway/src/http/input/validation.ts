import { FleetError, invalid } from "@fleetlog/domain";
import { checker } from "@fleetlog/protocol";
import type { FastifySchemaCompiler } from "fastify";
import type { TSchema } from "typebox";
import { queryReader } from "./query.ts";

/**
 * Checks requests as devices' reports are checked, with the same words. What comes in a query is text and is read as
 * the number, boolean or list that the schema asks for; what comes in a body must be what it is.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = "body" }) => {
  const [root, noun] = NAMES[httpPart] ?? [httpPart, "field"];
  const check = checker(schema, root, noun);
  const read = httpPart === "querystring" ? queryReader(schema) : (value: unknown) => ({ value });
  return (given) => {
    const found = read(given);
    if (found instanceof FleetError) return { error: found };
    const checked = check(found.value);
    if (checked.ok) return { value: checked.value };
    const { field, message } = checked;
    // Which of `a,b` it is, is no place that the caller wrote.
    const name = httpPart === "querystring" ? field.replace(/\[\d+\]$/, "") : field;
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
