import { type Caller, personCaller } from "@fleetlog/fleet";
import type { FastifyRequest } from "fastify";
import { personOf } from "../access/authorize.ts";

/** On whose behalf the route acts. @throws FleetError `unauthenticated` on a route that is open to anybody */
export function callerOf(request: FastifyRequest): Caller {
  return personCaller(personOf(request), request.id);
}
