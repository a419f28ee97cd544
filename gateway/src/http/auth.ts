import { FleetError } from "@fleetlog/domain";
import type { Operator, Operators } from "@fleetlog/identity";
import type { FastifyRequest, preParsingHookHandler } from "fastify";
import type { Asker } from "../devices/devices.ts";

const asking = new WeakMap<FastifyRequest, Operator>();

/** Lets in who shows an operator's bearer token (RFC 6750), before the body is read. */
export function requireOperator(operators: Operators): preParsingHookHandler {
  return async (request) => {
    const match = /^Bearer +([\x21-\x7e]+) *$/i.exec(request.headers.authorization ?? "");
    const operator = match?.[1] === undefined ? undefined : await operators.verify(match[1]);
    if (operator === undefined) {
      throw new FleetError("unauthenticated", "this needs an operator's token", {
        advice: "Send the header 'Authorization: Bearer <token>'; npm start prints the first token.",
      });
    }
    asking.set(request, operator);
  };
}

/** Who asks. @throws FleetError `unauthenticated` on a route without {@link requireOperator} */
export function askerOf(request: FastifyRequest): Asker {
  const operator = asking.get(request);
  if (operator === undefined) throw new FleetError("unauthenticated", "this needs an operator's token");
  return { by: operator.id, correlationid: request.id };
}
