import { FleetError, MAIN_ACCOUNT, type Person } from "@fleetlog/domain";
import type { FastifyRequest } from "fastify";
import { bearerToken } from "../../../http/access/authenticate.ts";
import type { DialectHttpContext } from "../../../http/context.ts";

/** Programs at the trusted addresses. They send no credential, and sent none to TPEDM either. */
const CLIENTS: Person = {
  kind: "person",
  id: "tpedm-clients",
  name: "Programs of TPEDM",
  role: "operator",
  account: MAIN_ACCOUNT,
  scope: { accounts: [MAIN_ACCOUNT] },
};

/**
 * The person of an API key, which is sent as bearer token or as basic password. Without a key, the programs at a
 * trusted address. A wrong key is refused, even from a trusted address.
 * @throws FleetError `unauthenticated`, `rate-limited`
 */
export async function authenticate(
  { raw }: Pick<FastifyRequest, "raw">,
  {
    operators,
    attempts,
    findClient,
    lostEntries,
    tpedmClients,
  }: Pick<DialectHttpContext, "operators" | "attempts" | "findClient" | "lostEntries" | "tpedmClients">,
): Promise<Person> {
  const { authorization } = raw.headers;
  const { address } = findClient(raw);
  if (authorization === undefined) {
    if (tpedmClients?.trusts(address) === true) return CLIENTS;
    throw new FleetError("unauthenticated", "an API key is needed", {
      advice: "Send it as bearer token or as basic password, or name this address in FLEETLOG_TPEDM_CLIENTS.",
    });
  }
  const key = bearerToken(raw.headers) ?? basicPassword(authorization);
  const person = key === undefined ? undefined : await operators.verify(key);
  if (person !== undefined) return person;
  attempts.countFailure(address);
  if (key !== undefined) lostEntries.refusedToken(key, address);
  throw new FleetError("unauthenticated", "this is no valid API key");
}

/** RFC 7617. Any user name is accepted. */
function basicPassword(authorization: string): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon === -1 ? undefined : text.slice(colon + 1);
}
