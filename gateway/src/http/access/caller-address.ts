import type { PersonalFields } from "@fleetlog/identity";
import { networkOf } from "@fleetlog/runtime/node";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { hostOf } from "../../net/address.ts";
import type { FindClient } from "../../net/proxies/client.ts";
import { authenticatedPerson } from "./authorize.ts";

interface Origin {
  readonly sealed: string;
  readonly network: string;
}

const origins = new WeakMap<FastifyRequest, Origin>();
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** Seals the caller's address of each request that may change something. @param without methods that change nothing */
export function sealAddresses(
  app: FastifyInstance,
  { fleet, findClient }: { readonly fleet: { readonly personal: PersonalFields }; readonly findClient: FindClient },
  without: ReadonlySet<string> = SAFE_METHODS,
): void {
  app.addHook("preHandler", async (request) => {
    const person = authenticatedPerson(request);
    if (person === undefined || without.has(request.method)) return;
    const host = hostOf(findClient(request.raw).address);
    const { sealed } = await fleet.personal.seal(person.id, host);
    origins.set(request, { sealed, network: networkOf(host) });
  });
}

/** Undefined for calls that change nothing. */
export function originOf(request: FastifyRequest): Origin | undefined {
  return origins.get(request);
}
