import { type Caller, personCaller } from "@fleetlog/fleet";
import type { FastifyRequest } from "fastify";
import { personOf } from "../access/authorize.ts";
import { originOf } from "../access/caller-address.ts";
import { repeatableRequest } from "../idempotency/index.ts";

/** @throws FleetError `unauthenticated` on a public route */
export function callerOf(request: FastifyRequest): Caller {
  const { sealed, network } = originOf(request) ?? {};
  const caller = personCaller(personOf(request), request.id, sealed);
  const repeatable = repeatableRequest(request);
  return { ...caller, ...(network !== undefined && { network }), ...(repeatable !== undefined && { repeatable }) };
}
