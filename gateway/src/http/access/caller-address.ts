import type { PersonalFields } from "@fleetlog/identity";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { hostOf } from "../../net/address.ts";
import type { FindClient } from "../../net/client.ts";
import { authenticatedPerson } from "./authorize.ts";

const addresses = new WeakMap<FastifyRequest, string>();
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

export function sealAddresses(
  app: FastifyInstance,
  { fleet, findClient }: { readonly fleet: { readonly personal: PersonalFields }; readonly findClient: FindClient },
): void {
  app.addHook("preHandler", async (request) => {
    const person = authenticatedPerson(request);
    if (person === undefined || SAFE_METHODS.has(request.method)) return;
    const { sealed } = await fleet.personal.seal(person.id, hostOf(findClient(request.raw).address));
    addresses.set(request, sealed);
  });
}

export function sealedAddressOf(request: FastifyRequest): string | undefined {
  return addresses.get(request);
}
