import { FleetError } from "@fleetlog/domain";
import { checker } from "@fleetlog/protocol";
import type { FastifySchemaCompiler } from "fastify";
import type { TSchema } from "typebox";
import { Value } from "typebox/value";

/**
 * Checks requests as devices' reports are checked, with the same words. What comes in a URL or a header is text and is
 * read as the number or boolean that the schema asks for; what comes in a body must be what it is.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = "body" }) => {
  const check = checker(schema, httpPart);
  return (given) => {
    const checked = check(httpPart === "body" ? given : Value.Convert(schema, given));
    if (checked.ok) return { value: checked.value };
    return { error: new FleetError("invalid-request", checked.message, { field: checked.field }) };
  };
};
