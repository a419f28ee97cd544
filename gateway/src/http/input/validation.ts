import { FleetError, invalid } from "@fleetlog/domain";
import { checker } from "@fleetlog/protocol";
import type { FastifySchemaCompiler } from "fastify";
import type { TSchema } from "typebox";
import { headerName } from "./header-name.ts";
import { queryReader } from "./query.ts";

/** Query parameters are converted, values of a body are not. */
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
    // `state`, not `state[1]`, because the client wrote `state=a,b`.
    const name =
      httpPart === "querystring" ? field.replace(/\[\d+\]$/, "") : httpPart === "headers" ? headerName(field) : field;
    return { error: invalid(name, message.replace(field, name)) };
  };
};

const NAMES: Readonly<Record<string, readonly [root: string, noun: string]>> = {
  body: ["body", "field"],
  querystring: ["query", "query parameter"],
  params: ["path", "field"],
  headers: ["headers", "header"],
};
