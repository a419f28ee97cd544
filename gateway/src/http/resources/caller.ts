import { type Caller, personCaller } from "@fleetlog/fleet";
import type { FastifyRequest } from "fastify";
import { personOf } from "../access/authorize.ts";
import { sealedAddressOf } from "../access/caller-address.ts";

/** The authenticated caller for use cases. @throws FleetError `unauthenticated` on a route that needs no authentication */
export function callerOf(request: FastifyRequest): Caller {
  return personCaller(personOf(request), request.id, sealedAddressOf(request));
}
