import type { FastifyRequest } from "fastify";
import type { Asker } from "../../devices/devices.ts";
import { personOf } from "../access/authorize.ts";

/** Who asks, as events name them. @throws FleetError `unauthenticated` on a route that is open to anybody */
export function askerOf(request: FastifyRequest): Asker {
  return { by: personOf(request).id, correlationid: request.id };
}
