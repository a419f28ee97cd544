import type { PersonalFields } from "@fleetlog/identity";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { hostOf } from "../../net/address.ts";
import type { FindClient } from "../../net/client.ts";
import { authenticatedPerson } from "./authorize.ts";

const addresses = new WeakMap<FastifyRequest, string>();
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** @param without methods of requests that change nothing */
export function sealAddresses(
  app: FastifyInstance,
  { fleet, findClient }: { readonly fleet: { readonly personal: PersonalFields }; readonly findClient: FindClient },
  without: ReadonlySet<string> = SAFE_METHODS,
): void {
  app.addHook("preHandler", async (request) => {
    const person = authenticatedPerson(request);
    if (person === undefined || without.has(request.method)) return;
    const { sealed } = await fleet.personal.seal(person.id, hostOf(findClient(request.raw).address));
    addresses.set(request, sealed);
  });
}

export function sealedAddressOf(request: FastifyRequest): string | undefined {
  return addresses.get(request);
}
