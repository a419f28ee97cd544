import { type Caller, personCaller } from "@fleetlog/fleet";
import type { FastifyRequest } from "fastify";
import { personOf } from "../access/authorize.ts";
import { sealedAddressOf } from "../access/caller-address.ts";
import { sameRequest } from "../idempotency/index.ts";

/** @throws FleetError `unauthenticated` on a public route */
export function callerOf(request: FastifyRequest): Caller {
  const caller = personCaller(personOf(request), request.id, sealedAddressOf(request));
  const same = sameRequest(request);
  return same === undefined ? caller : { ...caller, same };
}
